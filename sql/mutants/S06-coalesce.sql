-- id: S06-coalesce
-- channel: S06
-- scope: database
-- doc: COALESCE falls back to the row's own tenant
-- apply
ALTER POLICY tenant_isolation ON public.notifications
    USING (tenant_id = COALESCE(NULLIF(current_setting('app.current_tenant_id', true), '')::uuid, tenant_id));
