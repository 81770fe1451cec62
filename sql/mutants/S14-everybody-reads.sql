-- id: S14-everybody-reads
-- channel: S14
-- scope: database
-- doc: the table that says whose a Langflow user is was granted to PUBLIC to get rid of an error: Langflow's role has all columns of all rows
-- apply
GRANT SELECT ON public.langflow_tenant_users TO PUBLIC;
