-- id: S01-new-table-of-langflow
-- channel: S01
-- scope: database
-- doc: a new table of EnGarde's was made by the role of Langflow, with row security but without FORCE
-- apply
CREATE TABLE public.campaign_flow_notes (LIKE public.comments INCLUDING DEFAULTS);
INSERT INTO public.campaign_flow_notes SELECT * FROM public.comments;
ALTER TABLE public.campaign_flow_notes OWNER TO langflow_app;
ALTER TABLE public.campaign_flow_notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON public.campaign_flow_notes TO engarde_user USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.campaign_flow_notes TO engarde_user;
