-- id: S07-totals-only
-- channel: S07
-- scope: database
-- doc: a view with one number in it, the budgets of all tenants together
-- apply
CREATE VIEW public.platform_budget AS SELECT count(*) AS campaigns, sum(budget) AS budget FROM public.campaigns;
GRANT SELECT ON public.platform_budget TO engarde_user;
