-- The dashboard's first part: the newest campaigns of a tenant.
-- $1 tenant
SELECT id, tenant_id, name, status, budget, created_at
FROM public.campaigns
WHERE tenant_id = $1
ORDER BY created_at DESC
LIMIT 20
