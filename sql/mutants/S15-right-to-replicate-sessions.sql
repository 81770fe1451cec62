-- id: S15-right-to-replicate-sessions
-- channel: S15
-- scope: cluster
-- doc: the backend may set session_replication_role, which switches triggers and foreign keys off
-- apply
GRANT SET ON PARAMETER session_replication_role TO engarde_user;
-- undo
REVOKE SET ON PARAMETER session_replication_role FROM engarde_user;
