-- id: S14-one-column-more
-- channel: S14
-- scope: database
-- doc: Langflow's look-up table has one more column opened, with the names of all tenants' users
-- apply
GRANT SELECT (username) ON public.langflow_tenant_users TO langflow_app;
