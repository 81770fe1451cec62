-- id: S05-support-access
-- channel: S05
-- scope: database
-- doc: a second policy for the support page; permissive ones add up
-- apply
CREATE POLICY support_access ON public.campaigns FOR SELECT TO engarde_user USING (true);
