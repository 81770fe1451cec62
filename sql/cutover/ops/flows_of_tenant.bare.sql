-- The same with its condition forgotten. Sent only where policies must hold.
SELECT id, tenant_id, user_id, name, description, updated_at
FROM public.tenant_flows
ORDER BY updated_at DESC
LIMIT 20
