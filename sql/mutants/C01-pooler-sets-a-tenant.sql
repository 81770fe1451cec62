-- id: C01-pooler-sets-a-tenant
-- channel: C01
-- scope: pooler
-- doc: the pooler begins each server connection with a tenant, set for a smoke test
-- apply
databases.connect_query = 'SELECT set_config($$app.current_tenant_id$$, id::text, false) FROM public.tenants ORDER BY id LIMIT 1'
