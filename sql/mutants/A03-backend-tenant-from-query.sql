-- id: A03-backend-tenant-from-query
-- channel: A03
-- scope: backend
-- doc: ?tenant_id= overrides the token's tenant
-- apply
mutant = tenant_from_query
