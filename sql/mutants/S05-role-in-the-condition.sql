-- id: S05-role-in-the-condition
-- channel: S05
-- scope: database
-- doc: a policy for everybody whose condition asks for the role only
-- apply
CREATE POLICY langflow_reads ON public.contacts FOR SELECT USING (current_user = 'langflow_app');
