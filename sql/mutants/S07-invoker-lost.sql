-- id: S07-invoker-lost
-- channel: S07
-- scope: database
-- doc: the view of flows was made anew without security_invoker
-- apply
ALTER VIEW public.tenant_flows RESET (security_invoker);
