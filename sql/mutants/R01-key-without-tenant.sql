-- id: R01-key-without-tenant
-- channel: R01
-- scope: app
-- doc: the cached list of flows is kept under one key for all tenants
-- apply
cached_flows.cache.key = app:tenant_flows
