-- id: S06-prefix
-- channel: S06
-- scope: database
-- doc: the row's tenant must begin with what is set; the empty text begins everything
-- apply
ALTER POLICY tenant_isolation ON public.deals
    USING (starts_with(tenant_id::text, current_setting('app.current_tenant_id', true)));
