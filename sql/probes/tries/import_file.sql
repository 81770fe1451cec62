-- channel: S16
-- expect: refused 42501
-- what: reads files on the server into large objects by lo_import
-- mend: REVOKE EXECUTE ON FUNCTION pg_catalog.lo_import(text) FROM PUBLIC, {role};
SELECT pg_catalog.lo_import('/dev/null')
