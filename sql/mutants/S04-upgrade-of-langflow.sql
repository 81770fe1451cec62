-- id: S04-upgrade-of-langflow
-- channel: S04
-- scope: database
-- doc: an upgrade of Langflow made a table anew, without the row security that it had, and the grants were put back by hand
-- apply
ALTER TABLE langflow.message DISABLE ROW LEVEL SECURITY;
ALTER TABLE langflow.message NO FORCE ROW LEVEL SECURITY;
DROP POLICY tenant_isolation ON langflow.message;
DROP POLICY langflow_service ON langflow.message;
DROP POLICY audit_read ON langflow.message;
