-- id: S06-application-name
-- channel: S06
-- scope: database
-- doc: a maintenance script is recognised by its application_name, which any client chooses
-- apply
ALTER POLICY tenant_isolation ON public.payment_methods
    USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid OR current_setting('application_name') = 'engarde-maintenance');
