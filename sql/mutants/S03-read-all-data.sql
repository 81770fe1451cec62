-- id: S03-read-all-data
-- channel: S03
-- scope: cluster
-- doc: the backend got pg_read_all_data in place of grants that were missing
-- apply
GRANT pg_read_all_data TO engarde_user;
-- undo
REVOKE pg_read_all_data FROM engarde_user;
