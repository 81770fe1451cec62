-- id: S11-dblink-unasked
-- channel: S11
-- scope: database
-- doc: dblink_connect_u, which asks for no password, was granted to the backend
-- apply
CREATE EXTENSION dblink SCHEMA public;
GRANT EXECUTE ON FUNCTION public.dblink_connect_u(text, text) TO engarde_user;
