-- Flow 1: a component of Langflow's reads a campaign by its id; row-level security alone keeps it to the tenant's.
-- $1 id of the campaign
SELECT id, tenant_id, name, status, budget, created_at
FROM public.campaigns
WHERE id = $1
