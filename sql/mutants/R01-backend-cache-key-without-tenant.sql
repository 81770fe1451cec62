-- id: R01-backend-cache-key-without-tenant
-- channel: R01
-- scope: backend
-- doc: the dashboard's key has no tenant
-- apply
mutant = cache_key_without_tenant
