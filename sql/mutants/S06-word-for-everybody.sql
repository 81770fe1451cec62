-- id: S06-word-for-everybody
-- channel: S06
-- scope: database
-- doc: the setting 'system' stands for all tenants
-- apply
ALTER POLICY tenant_isolation ON public.documents
    USING (current_setting('app.current_tenant_id', true) = 'system'
        OR tenant_id::text = current_setting('app.current_tenant_id', true));
