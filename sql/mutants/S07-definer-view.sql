-- id: S07-definer-view
-- channel: S07
-- scope: database
-- doc: a view for an overview, made by the administrator: it reads with the administrator's rights
-- apply
CREATE VIEW public.campaign_overview AS SELECT tenant_id, id, name, status, budget FROM public.campaigns;
GRANT SELECT ON public.campaign_overview TO engarde_user;
