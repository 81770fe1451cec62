-- The newest campaigns that the component can see when it asks for no id at all.
SELECT id, tenant_id, name, status, budget, created_at
FROM public.campaigns
ORDER BY created_at DESC
LIMIT 20
