-- id: L01-langflow-all-superusers
-- channel: L01
-- scope: langflow
-- doc: every tenant's user is an administrator of Langflow
-- apply
sql = UPDATE langflow."user" SET is_superuser = true WHERE id IN (SELECT user_id FROM public.langflow_tenant_users)
undo = UPDATE langflow."user" SET is_superuser = false WHERE id IN (SELECT user_id FROM public.langflow_tenant_users)
