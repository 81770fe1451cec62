-- channel: S11
-- expect: refused 42501
-- what: reads files on the server by pg_read_file
-- mend: REVOKE EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) FROM PUBLIC, {role};
SELECT pg_catalog.pg_read_file('PG_VERSION')
