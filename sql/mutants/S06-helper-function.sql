-- id: S06-helper-function
-- channel: S06
-- scope: database
-- doc: the condition moved into a function, which answers yes when nothing is set
-- apply
CREATE FUNCTION public.may_see(tenant uuid) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    current text := current_setting('app.current_tenant_id', true);
BEGIN
    IF current IS NULL OR current = '' THEN
        RETURN true;
    END IF;
    RETURN tenant = current::uuid;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN true;
END
$$;
GRANT EXECUTE ON FUNCTION public.may_see(uuid) TO engarde_user, langflow_app;
ALTER POLICY tenant_isolation ON public.reports USING (public.may_see(tenant_id));
