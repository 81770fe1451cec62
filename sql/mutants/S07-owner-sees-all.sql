-- id: S07-owner-sees-all
-- channel: S07
-- scope: database
-- doc: a view made by a migration belongs to the tables' owner, whose own policy shows every row
-- apply
CREATE VIEW public.open_invoices AS SELECT tenant_id, id, number, total FROM public.invoices WHERE status <> 'void';
ALTER VIEW public.open_invoices OWNER TO engarde_owner;
GRANT SELECT ON public.open_invoices TO engarde_user;
