-- id: S06-own-rows-hidden
-- channel: S06
-- scope: database
-- doc: a restrictive policy with a slip in it hides every row from its own tenant: silence where there should be an answer
-- apply
CREATE POLICY not_deleted ON public.contacts AS RESTRICTIVE FOR SELECT TO engarde_user USING (status IS NULL);
