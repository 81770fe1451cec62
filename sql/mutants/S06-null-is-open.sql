-- id: S06-null-is-open
-- channel: S06
-- scope: database
-- doc: with no tenant set all rows are shown, so that background jobs work
-- apply
ALTER POLICY tenant_isolation ON public.campaigns
    USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid OR NULLIF(current_setting('app.current_tenant_id', true), '')::uuid IS NULL);
