-- id: A03-backend-tenant-from-body
-- channel: A03
-- scope: backend
-- doc: tenant_id in a body overrides the token's tenant
-- apply
mutant = tenant_from_body
