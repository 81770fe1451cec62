-- id: R03-kept-for-a-month
-- channel: R03
-- scope: app
-- doc: what is cached stays for thirty days in place of five minutes
-- apply
cached_flows.cache.ttl = 720h
