-- The dashboard's campaigns with the condition forgotten.
SELECT id, tenant_id, name, status, budget, created_at
FROM public.campaigns
ORDER BY created_at DESC
LIMIT 20
