-- id: S08-procedure
-- channel: S08
-- scope: database
-- doc: a procedure exports a table's rows into its INOUT argument
-- apply
CREATE PROCEDURE public.export_leads(INOUT result jsonb) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    SELECT jsonb_agg(to_jsonb(l)) INTO result FROM public.leads AS l;
END
$$;
