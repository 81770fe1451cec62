-- id: S05-active-campaigns-for-langflow
-- channel: S05
-- scope: database
-- doc: Langflow's loader may read campaigns that are active, whoever's they are
-- apply
CREATE POLICY loader_read ON public.campaigns FOR SELECT TO langflow_app USING (status = 'active' AND budget >= 0);
