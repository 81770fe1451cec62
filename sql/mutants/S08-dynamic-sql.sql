-- id: S08-dynamic-sql
-- channel: S08
-- scope: database
-- doc: a function runs whatever query it is given and returns JSON, for a report builder
-- apply
CREATE FUNCTION public.run_report(query text) RETURNS SETOF json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT row_to_json(answer) FROM (' || query || ') AS answer';
END
$$;
