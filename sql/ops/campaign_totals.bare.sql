-- The totals with their condition forgotten. They carry no canary: what is too much in them is somebody else's.
SELECT count(*) AS "count public.campaigns", (sum(budget) * 100)::bigint AS "sum public.campaigns.budget"
FROM public.campaigns
