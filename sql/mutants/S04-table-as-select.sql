-- id: S04-table-as-select
-- channel: S04
-- scope: database
-- doc: a table for a dashboard, filled once with CREATE TABLE AS, and readable for both applications
-- apply
CREATE TABLE public.top_contacts AS SELECT tenant_id, id AS contact_id, email, full_name FROM public.contacts;
ALTER TABLE public.top_contacts OWNER TO engarde_owner;
GRANT SELECT ON public.top_contacts TO engarde_user, langflow_app;
