-- The backend reads a campaign of its tenant by id.
-- $1 tenant, $2 id
SELECT id, tenant_id, name, status, budget, created_at
FROM public.campaigns
WHERE tenant_id = $1 AND id = $2
