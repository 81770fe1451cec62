-- The newest links between EnGarde's workflows and Langflow's flows, with workflow, campaign and flow: a join across the schemas.
-- $1 tenant
SELECT l.id, l.tenant_id, l.workflow_id, l.flow_id,
       w.id AS "public.workflows.id", w.name AS "public.workflows.name", w.status AS "public.workflows.status",
       c.id AS "public.campaigns.id", c.name AS "public.campaigns.name", c.budget AS "public.campaigns.budget",
       f.id AS "langflow.flow.id", f.name AS "langflow.flow.name"
FROM public.workflow_flows AS l
JOIN public.workflows AS w ON w.tenant_id = l.tenant_id AND w.id = l.workflow_id
JOIN public.campaigns AS c ON c.tenant_id = w.tenant_id AND c.id = w.campaign_id
JOIN langflow.flow AS f ON f.id = l.flow_id
WHERE l.tenant_id = $1
ORDER BY l.created_at DESC
LIMIT 20
