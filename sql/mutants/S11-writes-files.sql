-- id: S11-writes-files
-- channel: S11
-- scope: database
-- doc: adminpack is there, and the backend may write files with it
-- apply
CREATE EXTENSION adminpack;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_file_write(text, text, boolean) TO engarde_user;
