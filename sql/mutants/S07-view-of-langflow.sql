-- id: S07-view-of-langflow
-- channel: S07
-- scope: database
-- doc: a view joins Langflow's messages with their tenants and reads both with the administrator's rights
-- apply
CREATE VIEW public.recent_messages AS
    SELECT owned.tenant_id, m.id, m.text FROM langflow.message AS m JOIN public.langflow_tenant_users AS owned ON owned.user_id = m.user_id;
GRANT SELECT ON public.recent_messages TO engarde_user;
