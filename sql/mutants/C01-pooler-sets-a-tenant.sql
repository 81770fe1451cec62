-- id: C01-pooler-sets-a-tenant
-- channel: C01
-- scope: pooler
-- doc: the pooler begins each server connection with a tenant, where the look-up of Langflow's users tells one; set for a smoke test
-- apply
databases.connect_query = 'SELECT set_config($$app.current_tenant_id$$, tenant_id::text, false) FROM public.langflow_tenant_users ORDER BY tenant_id LIMIT 1'
