-- channel: S11
-- expect: refused 42501
-- what: lists files on the server by pg_ls_dir
-- mend: REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) FROM PUBLIC, {role};
SELECT pg_catalog.pg_ls_dir('.')
