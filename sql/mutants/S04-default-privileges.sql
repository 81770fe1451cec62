-- id: S04-default-privileges
-- channel: S04
-- scope: database
-- doc: default privileges open each table that Langflow makes anew, before anybody gives it policies
-- apply
ALTER DEFAULT PRIVILEGES FOR ROLE langflow_app IN SCHEMA langflow GRANT SELECT ON TABLES TO engarde_user;
