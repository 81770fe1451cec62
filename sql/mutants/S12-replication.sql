-- id: S12-replication
-- channel: S12
-- scope: cluster
-- doc: Langflow's role may replicate: it can stream every change of every tenant
-- apply
ALTER ROLE langflow_app REPLICATION;
-- undo
ALTER ROLE langflow_app NOREPLICATION;
