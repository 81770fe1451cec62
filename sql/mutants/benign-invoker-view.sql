-- id: benign-invoker-view
-- channel: S07
-- scope: database
-- doc: a view of running campaigns that reads with its reader's rights
-- benign: security_invoker makes the reader's own policies hold
-- apply
CREATE VIEW public.running_campaigns WITH (security_invoker = true) AS SELECT tenant_id, id, name FROM public.campaigns WHERE status = 'active';
ALTER VIEW public.running_campaigns OWNER TO engarde_owner;
GRANT SELECT ON public.running_campaigns TO engarde_user;
