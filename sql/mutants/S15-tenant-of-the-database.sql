-- id: S15-tenant-of-the-database
-- channel: S15
-- scope: database
-- doc: every session of the database begins with a tenant
-- apply
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET app.current_tenant_id = %L', current_database(), (SELECT id FROM public.tenants ORDER BY id DESC LIMIT 1));
END
$$;
