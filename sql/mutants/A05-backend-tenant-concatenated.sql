-- id: A05-backend-tenant-concatenated
-- channel: A05
-- scope: backend
-- doc: the tenant is set as X-Tenant-ID has it, if that begins with the own
-- apply
mutant = tenant_concatenated
