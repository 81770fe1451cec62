-- id: equivalent-no-check
-- channel: W01
-- scope: database
-- doc: a policy without WITH CHECK
-- equivalent: without a WITH CHECK of its own a policy's USING is the check, so the same writes are refused
-- apply
DROP POLICY tenant_isolation ON public.deals;
CREATE POLICY tenant_isolation ON public.deals TO engarde_user, langflow_app USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid);
