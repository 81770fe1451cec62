-- id: S16-large-object
-- channel: S16
-- scope: database
-- doc: an export kept as a large object, which has rights but no policies, readable by everybody
-- apply
DO $$
DECLARE
    made oid := lo_from_bytea(0, convert_to((SELECT string_agg(email || ' ' || full_name, E'\n') FROM public.contacts), 'UTF8'));
BEGIN
    EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO PUBLIC', made);
END
$$;
