-- Rights on the database itself. PostgreSQL lets everybody connect and make temporary tables
-- unless told otherwise. No application needs TEMP, and a temporary table is left behind for
-- the next client of a pooled connection and comes first in name look-up.
-- A copy made with CREATE DATABASE ... TEMPLATE does not inherit these: run this on it too.
BEGIN;

DO $$
DECLARE
    login text;
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM engarde_owner, engarde_migrator, engarde_user, langflow_app, audit_user',
                   current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO engarde_migrator, engarde_user, langflow_app, audit_user',
                   current_database());
    -- Settings of a role for this database alone win over those of roles.sql.
    FOREACH login IN ARRAY ARRAY['engarde_owner', 'engarde_migrator', 'engarde_user', 'langflow_app', 'audit_user']
    LOOP
        EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ALL', login, current_database());
    END LOOP;
END
$$;

-- Statistics of statements, for the superuser alone: their texts and counts tell what others do. The extension gives its views
-- to PUBLIC, so they stand in a schema that PUBLIC can't enter, and are taken back besides. Not every installation has it.
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = 'pg_stat_statements') THEN
        CREATE SCHEMA IF NOT EXISTS observe;
        REVOKE ALL ON SCHEMA observe FROM PUBLIC;
        CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA observe;
        REVOKE ALL ON ALL TABLES IN SCHEMA observe FROM PUBLIC;
        REVOKE ALL ON ALL FUNCTIONS IN SCHEMA observe FROM PUBLIC;
    END IF;
END
$$;

COMMIT;
