-- id: W01-moves-away
-- channel: W01
-- scope: database
-- doc: a policy for UPDATE looks at the row before the change and not at the one after it
-- apply
CREATE POLICY hand_over ON public.deals FOR UPDATE TO engarde_user USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid) WITH CHECK (tenant_id IS NOT NULL);
