-- Schemas and rights by the design's permission matrix. What Langflow makes later becomes readable by default privileges: the matrix gives
-- both readers SELECT on all of the schema, and there is no other moment at which to grant it.
BEGIN;

CREATE SCHEMA IF NOT EXISTS langflow;
CREATE SCHEMA IF NOT EXISTS audit;

ALTER SCHEMA public   OWNER TO engarde_user;
ALTER SCHEMA langflow OWNER TO langflow_app;
ALTER SCHEMA audit    OWNER TO CURRENT_USER;

GRANT USAGE ON SCHEMA public   TO langflow_app, audit_user;
GRANT USAGE ON SCHEMA langflow TO engarde_user, audit_user;
GRANT USAGE ON SCHEMA audit    TO engarde_user, langflow_app, audit_user;

GRANT SELECT ON ALL TABLES IN SCHEMA public   TO langflow_app, audit_user;
GRANT SELECT ON ALL TABLES IN SCHEMA langflow TO engarde_user, audit_user;
ALTER DEFAULT PRIVILEGES FOR ROLE engarde_user IN SCHEMA public   GRANT SELECT ON TABLES TO langflow_app, audit_user;
ALTER DEFAULT PRIVILEGES FOR ROLE langflow_app IN SCHEMA langflow GRANT SELECT ON TABLES TO engarde_user, audit_user;

COMMIT;
