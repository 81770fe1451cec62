-- Flow 2 as it would be with its condition forgotten.
SELECT id, tenant_id, user_id, name, description, updated_at
FROM public.tenant_flows
ORDER BY updated_at DESC
LIMIT 20
