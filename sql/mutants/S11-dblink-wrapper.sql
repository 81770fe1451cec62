-- id: S11-dblink-wrapper
-- channel: S11
-- scope: database
-- doc: a wrapper around dblink lets the backend open connections from the server itself
-- apply
CREATE EXTENSION dblink SCHEMA public;
CREATE FUNCTION public.remote_rows(connection text, query text) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT answer FROM public.dblink(connection, query) AS remote (answer text) $$;
GRANT EXECUTE ON FUNCTION public.remote_rows(text, text) TO engarde_user;
