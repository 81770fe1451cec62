-- id: S06-second-setting
-- channel: S06
-- scope: database
-- doc: a second setting, which any session may set, switches the policy off
-- apply
ALTER POLICY tenant_isolation ON public.invoices
    USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid OR current_setting('app.is_admin', true) = 'on');
