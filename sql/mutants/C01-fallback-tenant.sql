-- id: C01-fallback-tenant
-- channel: C01
-- scope: database
-- doc: policies fall back to one tenant when none is set
-- apply
DO $$
BEGIN
    EXECUTE format('ALTER POLICY tenant_isolation ON public.campaigns USING (tenant_id = COALESCE(NULLIF(current_setting(''app.current_tenant_id'', true), '''')::uuid, %L))',
                   (SELECT tenant_id FROM public.campaigns ORDER BY tenant_id LIMIT 1));
END
$$;
