-- id: S08-name-of-a-table
-- channel: S08
-- scope: database
-- doc: a function counts the rows of the table named, past its policies
-- apply
CREATE FUNCTION public.row_count(name text) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s', name::regclass) INTO n;
    RETURN n;
END
$$;
