-- id: R03-kept-for-ever
-- channel: R03
-- scope: app
-- doc: what is cached never ends, so it outlives the tenant
-- apply
cached_flows.cache.ttl = 0s
