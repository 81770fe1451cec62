-- The three schemas of the design. Nothing is granted by default privileges anywhere: a table
-- becomes readable by the statement that also gives it its policies, or not at all.
BEGIN;

CREATE SCHEMA IF NOT EXISTS langflow;
CREATE SCHEMA IF NOT EXISTS audit;

REVOKE ALL ON SCHEMA public, langflow, audit FROM PUBLIC;
REVOKE ALL ON SCHEMA public, langflow, audit FROM engarde_owner, engarde_migrator, engarde_user, langflow_app, audit_user;

-- public belongs to the administrator: engarde_owner may make tables in it, but not drop what
-- the administrator keeps there (the view public.tenant_flows) or open the schema to others.
ALTER SCHEMA public   OWNER TO CURRENT_USER;
ALTER SCHEMA audit    OWNER TO CURRENT_USER;
-- Langflow makes and alters its own tables at every start, so its role owns their schema.
ALTER SCHEMA langflow OWNER TO langflow_app;

GRANT USAGE, CREATE ON SCHEMA public TO engarde_owner;
GRANT USAGE ON SCHEMA public   TO engarde_user, langflow_app, audit_user;
GRANT USAGE, CREATE ON SCHEMA langflow TO langflow_app;
GRANT USAGE ON SCHEMA langflow TO engarde_user, audit_user;
GRANT USAGE ON SCHEMA audit    TO engarde_user, langflow_app, audit_user;

COMMENT ON SCHEMA public   IS 'EnGarde: tables of the application, made by its Alembic migrations';
COMMENT ON SCHEMA langflow IS 'Langflow: made by its own start-up migration, nothing of EnGarde''s in it';
COMMENT ON SCHEMA audit    IS 'record of cross-schema access: the applications write, monitoring reads';

COMMIT;
