-- id: W02-takes-over
-- channel: W02
-- scope: database
-- doc: any row may be updated as long as it then is one's own: rows are taken over from others
-- apply
CREATE POLICY adopt ON public.documents FOR UPDATE TO engarde_user USING (true) WITH CHECK (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid);
