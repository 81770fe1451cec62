-- id: S03-monitor
-- channel: S03
-- scope: cluster
-- doc: the backend joined pg_monitor for a health page: it sees the statements of every other session, with what is in them
-- apply
GRANT pg_monitor TO engarde_user;
-- undo
REVOKE pg_monitor FROM engarde_user;
