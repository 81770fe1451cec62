-- id: S06-archived
-- channel: S06
-- scope: database
-- doc: what is archived is nobody's secret, somebody thought
-- apply
ALTER POLICY tenant_isolation ON public.campaigns
    USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid OR status = 'archived');
