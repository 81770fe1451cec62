-- id: R01-key-by-page
-- channel: R01
-- scope: app
-- doc: the key has the page in it and not the tenant
-- apply
cached_flows.cache.key = app:dashboard:flows:page:1
