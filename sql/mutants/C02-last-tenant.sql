-- id: C02-last-tenant
-- channel: C02
-- scope: database
-- doc: the setter also notes the tenant for the session, and policies fall back to the one noted
-- apply
CREATE OR REPLACE FUNCTION public.set_current_tenant_id(tenant uuid) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_catalog.set_config('app.last_tenant_id', tenant::text, false); SELECT pg_catalog.set_config('app.current_tenant_id', tenant::text, true) $$;
DO $$
DECLARE
    of record;
BEGIN
    FOR of IN
        SELECT tablename FROM pg_policies
        WHERE schemaname = 'public' AND policyname = 'tenant_isolation' AND qual LIKE '(tenant_id = %'
    LOOP
        EXECUTE format($policy$
            ALTER POLICY tenant_isolation ON public.%I USING (tenant_id = COALESCE(NULLIF(current_setting('app.current_tenant_id', true), '')::uuid,
                NULLIF(current_setting('app.last_tenant_id', true), '')::uuid))
        $policy$, of.tablename);
    END LOOP;
END
$$;
