-- id: W02-update-any
-- channel: W02
-- scope: database
-- doc: a policy for UPDATE without a tenant in it, before or after
-- apply
CREATE POLICY recompute ON public.campaigns FOR UPDATE TO engarde_user USING (true) WITH CHECK (true);
