-- id: S06-like
-- channel: S06
-- scope: database
-- doc: the tenant is compared as text, by LIKE: '%' is everybody
-- apply
ALTER POLICY tenant_isolation ON public.leads
    USING (tenant_id::text LIKE current_setting('app.current_tenant_id', true));
