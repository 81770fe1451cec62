-- id: C02-last-tenant
-- channel: C02
-- scope: database
-- doc: the setter also notes the tenant for the session, and policies fall back to the one noted
-- apply
CREATE OR REPLACE FUNCTION public.set_current_tenant_id(tenant uuid) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_catalog.set_config('app.last_tenant_id', tenant::text, false); SELECT pg_catalog.set_config('app.current_tenant_id', tenant::text, true) $$;
ALTER POLICY tenant_isolation ON public.campaigns USING (tenant_id = COALESCE(NULLIF(current_setting('app.current_tenant_id', true), '')::uuid, NULLIF(current_setting('app.last_tenant_id', true), '')::uuid));
