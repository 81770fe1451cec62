-- id: S08-removes
-- channel: S08
-- scope: database
-- doc: a function cleans up a table by its age limit, with its owner's rights: every tenant's rows
-- apply
CREATE FUNCTION public.clean_up(days integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM public.notifications WHERE created_at < now() - make_interval(days => days);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;
