-- id: L02-langflow-public-flows
-- channel: L02
-- scope: langflow
-- doc: flows are marked public: who knows the id sees and runs them without logging in
-- apply
sql = UPDATE langflow.flow SET access_type = 'PUBLIC'
undo = UPDATE langflow.flow SET access_type = 'PRIVATE'
