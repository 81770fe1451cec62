-- id: A01-backend-tenant-kept-on-connection
-- channel: A01
-- scope: backend
-- doc: the tenant is set on the session, and only when the connection last had another
-- apply
mutant = tenant_kept_on_connection
workers = 2
