-- id: S14-claims-users
-- channel: S14
-- scope: database
-- doc: the backend may write the table that says whose a Langflow user is: it can claim one that isn't there yet
-- apply
GRANT INSERT ON public.langflow_tenant_users TO engarde_user;
