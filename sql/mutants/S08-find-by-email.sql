-- id: S08-find-by-email
-- channel: S08
-- scope: database
-- doc: a SECURITY DEFINER function finds users by address at sign-in, of any tenant
-- apply
CREATE FUNCTION public.find_user(address text) RETURNS SETOF public.users LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT * FROM public.users WHERE email = address $$;
