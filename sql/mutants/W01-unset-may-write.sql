-- id: W01-unset-may-write
-- channel: W01
-- scope: database
-- doc: whoever sets no tenant may write for all
-- apply
ALTER POLICY tenant_isolation ON public.api_requests WITH CHECK (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid OR NULLIF(current_setting('app.current_tenant_id', true), '')::uuid IS NULL);
