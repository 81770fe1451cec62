-- Flow 2: LangflowService.get_tenant_flows(), the newest flows of a tenant.
-- $1 tenant
SELECT id, tenant_id, user_id, name, description, updated_at
FROM public.tenant_flows
WHERE tenant_id = $1
ORDER BY updated_at DESC
LIMIT 20
