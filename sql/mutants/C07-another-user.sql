-- id: C07-another-user
-- channel: C07
-- scope: pooler
-- doc: the pooler logs in as Langflow's role for everybody, whoever the client is
-- apply
databases.user = langflow_app
