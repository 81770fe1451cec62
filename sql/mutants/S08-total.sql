-- id: S08-total
-- channel: S08
-- scope: database
-- doc: a function without arguments gives the sum of all tenants' spendings
-- apply
CREATE FUNCTION public.platform_spend() RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT sum(spent) FROM public.campaigns $$;
