-- id: S03-server-programs
-- channel: S03
-- scope: cluster
-- doc: the backend may run programs on the server, to compress its exports
-- apply
GRANT pg_execute_server_program TO engarde_user;
-- undo
REVOKE pg_execute_server_program FROM engarde_user;
