-- id: S14-langflow-writes-campaigns
-- channel: S14
-- scope: database
-- doc: Langflow's role may change campaigns, which it should only read
-- apply
GRANT UPDATE ON public.campaigns TO langflow_app;
