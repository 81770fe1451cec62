-- The same with its conditions forgotten. Sent only where policies must hold.
SELECT id, tenant_id, name, status, budget, created_at
FROM public.campaigns
ORDER BY created_at DESC
LIMIT 20
