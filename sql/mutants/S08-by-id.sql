-- id: S08-by-id
-- channel: S08
-- scope: database
-- doc: a function gives an invoice by its id and relies on ids being hard to guess
-- apply
CREATE FUNCTION public.invoice_total(invoice uuid) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT total FROM public.invoices WHERE id = invoice $$;
REVOKE EXECUTE ON FUNCTION public.invoice_total(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.invoice_total(uuid) TO engarde_user;
