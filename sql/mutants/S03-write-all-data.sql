-- id: S03-write-all-data
-- channel: S03
-- scope: cluster
-- doc: Langflow's role got pg_write_all_data in place of a grant that was missing
-- apply
GRANT pg_write_all_data TO langflow_app;
-- undo
REVOKE pg_write_all_data FROM langflow_app;
