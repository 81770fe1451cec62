-- id: benign-definer-function
-- channel: S08
-- scope: database
-- doc: a SECURITY DEFINER function with a search path of its own that counts the tenant's own campaigns
-- benign: its own condition keeps to the tenant that is set, and no name in it can be taken by others
-- apply
CREATE FUNCTION public.own_campaigns() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT count(*) FROM public.campaigns WHERE tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid $$;
REVOKE EXECUTE ON FUNCTION public.own_campaigns() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.own_campaigns() TO engarde_user;
