-- id: C06-immutable-context
-- channel: C06
-- scope: database
-- doc: a function that reads the setting is declared IMMUTABLE: a plan that is kept has the first tenant in it
-- apply
CREATE FUNCTION public.this_tenant() RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT NULLIF(current_setting('app.current_tenant_id', true), '')::uuid $$;
GRANT EXECUTE ON FUNCTION public.this_tenant() TO engarde_user, langflow_app;
ALTER POLICY tenant_isolation ON public.campaigns USING (tenant_id = public.this_tenant());
