-- The flows with the number of their transactions, of whoever they are.
SELECT f.id, f.tenant_id, f.name, count(t.id) AS "count langflow.transaction by flow_id"
FROM public.tenant_flows AS f
LEFT JOIN langflow.transaction AS t ON t.flow_id = f.id
GROUP BY f.id, f.tenant_id, f.name, f.updated_at
ORDER BY f.updated_at DESC
LIMIT 20
