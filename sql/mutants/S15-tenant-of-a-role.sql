-- id: S15-tenant-of-a-role
-- channel: S15
-- scope: database
-- doc: the backend's sessions begin with a tenant, set for a demonstration
-- apply
DO $$
BEGIN
    EXECUTE format('ALTER ROLE engarde_user IN DATABASE %I SET app.current_tenant_id = %L', current_database(),
                   (SELECT id FROM public.tenants ORDER BY id LIMIT 1));
END
$$;
