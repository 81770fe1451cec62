-- The newest flows of a tenant, by the view that a release before the cutover has made.
-- $1 tenant
SELECT id, tenant_id, user_id, name, description, updated_at
FROM public.tenant_flows
WHERE tenant_id = $1
ORDER BY updated_at DESC
LIMIT 20
