-- How many campaigns a tenant has and what they may spend, in cents.
-- $1 tenant
SELECT count(*) AS "count public.campaigns", (sum(budget) * 100)::bigint AS "sum public.campaigns.budget"
FROM public.campaigns
WHERE tenant_id = $1
