-- channel: S11
-- expect: refused 42501
-- what: writes files on the server
-- mend: REVOKE pg_write_server_files FROM {role};
COPY (SELECT 1) TO '/dev/null'
