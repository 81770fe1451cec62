-- id: S07-nested
-- channel: S07
-- scope: database
-- doc: an invoker's view stands on one that reads with its owner's rights
-- apply
CREATE VIEW public.deal_base AS SELECT * FROM public.deals;
CREATE VIEW public.deal_pipeline WITH (security_invoker = true) AS SELECT tenant_id, id, name, amount FROM public.deal_base;
GRANT SELECT ON public.deal_base, public.deal_pipeline TO engarde_user;
