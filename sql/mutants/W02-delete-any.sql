-- id: W02-delete-any
-- channel: W02
-- scope: database
-- doc: a policy for a clean-up lets everything be deleted; with a WHERE the policy for SELECT still hides it, without one not
-- apply
CREATE POLICY clean_up ON public.notifications FOR DELETE TO engarde_user USING (true);
