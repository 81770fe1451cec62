-- id: L04-langflow-wide-policy
-- channel: L04
-- scope: langflow
-- doc: langflow_app reads campaigns whatever the tenant, and so does the loader
-- apply
sql = CREATE POLICY for_the_loader ON public.campaigns FOR SELECT TO langflow_app USING (true)
undo = DROP POLICY for_the_loader ON public.campaigns
