-- id: L02-langflow-auto-login
-- channel: L02
-- scope: langflow
-- doc: Langflow logs in whoever comes, as its administrator
-- apply
LANGFLOW_AUTO_LOGIN = true
LANGFLOW_SKIP_AUTH_AUTO_LOGIN = true
