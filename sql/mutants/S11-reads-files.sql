-- id: S11-reads-files
-- channel: S11
-- scope: database
-- doc: the backend may call pg_read_file
-- apply
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO engarde_user;
