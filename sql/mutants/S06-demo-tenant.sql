-- id: S06-demo-tenant
-- channel: S06
-- scope: database
-- doc: the rows of one tenant, once a demonstration's, are shown to all
-- apply
DO $$
BEGIN
    EXECUTE format('ALTER POLICY tenant_isolation ON public.brands USING (tenant_id = NULLIF(current_setting(''app.current_tenant_id'', true), '''')::uuid OR tenant_id = %L)',
                   (SELECT tenant_id FROM public.brands ORDER BY tenant_id LIMIT 1));
END
$$;
