-- id: S11-loopback
-- channel: S11
-- scope: database
-- doc: a foreign server leads back to this database as the administrator, for the backend to use
-- apply
CREATE EXTENSION postgres_fdw;
CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', dbname 'engarde');
CREATE USER MAPPING FOR engarde_user SERVER loopback OPTIONS (user 'postgres', password 'not-known-here');
CREATE FOREIGN TABLE public.all_campaigns (tenant_id uuid, id uuid, name text) SERVER loopback OPTIONS (schema_name 'public', table_name 'campaigns');
GRANT SELECT ON public.all_campaigns TO engarde_user;
