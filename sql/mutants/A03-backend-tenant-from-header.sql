-- id: A03-backend-tenant-from-header
-- channel: A03
-- scope: backend
-- doc: the header X-Tenant-ID overrides the token's tenant
-- apply
mutant = tenant_from_header
