-- id: C03-session-setter
-- channel: C03
-- scope: database
-- doc: the function that sets the tenant sets it for the session: the next client of the pooled connection has it
-- apply
CREATE OR REPLACE FUNCTION public.set_current_tenant_id(tenant uuid) RETURNS text LANGUAGE sql AS
    $$ SELECT pg_catalog.set_config('app.current_tenant_id', tenant::text, false) $$;
