-- id: S05-debug-of-langflow
-- channel: S05
-- scope: database
-- doc: a policy from a debugging session on Langflow's messages
-- apply
CREATE POLICY debug ON langflow.message FOR SELECT TO engarde_user USING (sender IS NOT NULL);
