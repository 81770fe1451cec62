-- id: S03-one-application-is-the-other
-- channel: S03
-- scope: cluster
-- doc: the backend joined Langflow's role to save its flows; that role sees all rows of schema langflow
-- apply
GRANT langflow_app TO engarde_user;
-- undo
REVOKE langflow_app FROM engarde_user;
