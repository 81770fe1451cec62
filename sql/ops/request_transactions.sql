-- The dashboard's last part: the newest transactions of a tenant's flows. Langflow's table has no tenant; its user leads to it.
-- $1 tenant
SELECT id, flow_id, user_id, vertex_id, status, "timestamp"
FROM langflow.transaction
WHERE user_id = (SELECT user_id FROM public.langflow_tenant_users WHERE tenant_id = $1)
ORDER BY "timestamp" DESC
LIMIT 20
