-- id: equivalent-owner-service
-- channel: S01
-- scope: database
-- doc: row security isn't forced on a table of Langflow's
-- equivalent: langflow_app owns it and sees all its rows by the declared policy langflow_service in any case, and nobody else becomes its owner
-- apply
ALTER TABLE langflow.folder NO FORCE ROW LEVEL SECURITY;
