-- id: S03-server-files
-- channel: S03
-- scope: cluster
-- doc: Langflow's role may read the server's files, for imports by COPY
-- apply
GRANT pg_read_server_files TO langflow_app;
-- undo
REVOKE pg_read_server_files FROM langflow_app;
