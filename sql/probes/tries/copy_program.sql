-- channel: S11
-- expect: refused 42501
-- what: runs programs on the server
-- mend: REVOKE pg_execute_server_program FROM {role};
COPY (SELECT 1) TO PROGRAM 'true'
