-- id: S14-backend-writes-flows
-- channel: S14
-- scope: database
-- doc: the backend may write Langflow's flows, which the matrix doesn't give it
-- apply
GRANT INSERT, UPDATE ON langflow.flow TO engarde_user;
