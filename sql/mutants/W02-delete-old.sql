-- id: W02-delete-old
-- channel: W02
-- scope: database
-- doc: what is old may be deleted, of any tenant
-- apply
CREATE POLICY expire ON public.activity_log FOR DELETE TO engarde_user USING (created_at < now());
