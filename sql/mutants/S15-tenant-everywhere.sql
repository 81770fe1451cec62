-- id: S15-tenant-everywhere
-- channel: S15
-- scope: cluster
-- doc: Langflow's role begins its sessions with a tenant, in every database
-- apply
DO $$
BEGIN
    EXECUTE format('ALTER ROLE langflow_app SET app.current_tenant_id = %L', (SELECT id FROM public.tenants ORDER BY id LIMIT 1));
END
$$;
-- undo
ALTER ROLE langflow_app RESET app.current_tenant_id;
