-- id: S03-inherits-monitoring
-- channel: S03
-- scope: cluster
-- doc: Langflow's role joined that of monitoring and inherits: its policies now hold for plain reads
-- apply
GRANT audit_user TO langflow_app;
ALTER ROLE langflow_app INHERIT;
-- undo
REVOKE audit_user FROM langflow_app;
ALTER ROLE langflow_app NOINHERIT;
