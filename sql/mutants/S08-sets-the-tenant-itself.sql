-- id: S08-sets-the-tenant-itself
-- channel: S08
-- scope: database
-- doc: a function answers for the tenant that its caller names, whoever the caller is
-- apply
CREATE FUNCTION public.contacts_of(tenant uuid) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT email FROM public.contacts WHERE tenant_id = tenant $$;
