-- The dashboard's last part: the newest transactions of a tenant's flows. Langflow's table has no tenant, and not in every version a user;
-- the flow leads to it. As an array the flows are looked up once.
-- $1 tenant
SELECT id, flow_id, vertex_id, status, "timestamp"
FROM langflow.transaction
WHERE flow_id = ANY (ARRAY(SELECT id FROM public.tenant_flows WHERE tenant_id = $1))
ORDER BY "timestamp" DESC
LIMIT 20
