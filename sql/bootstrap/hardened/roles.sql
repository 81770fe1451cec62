-- Roles of the hardened layout. They belong to the whole cluster, so this may run once for
-- each database of it: every statement brings a role to its stated form whatever it was.
-- Passwords are set elsewhere and never written to a file.
BEGIN;

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['engarde_owner', 'engarde_migrator', 'engarde_user', 'langflow_app', 'audit_user']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I', wanted);
        END IF;
    END LOOP;
END
$$;

-- Nobody logs in as the owner: an owner can switch row security off and truncate, so its
-- rights are reached only through the migrator, by a SET ROLE that says so.
ALTER ROLE engarde_owner    NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE engarde_migrator LOGIN   NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE engarde_user     LOGIN   NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE langflow_app     LOGIN   NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE audit_user       LOGIN   NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

COMMENT ON ROLE engarde_owner    IS 'owns the tables of schema public; reached by SET ROLE from engarde_migrator only';
COMMENT ON ROLE engarde_migrator IS 'runs the EnGarde migrations: becomes engarde_owner, has no rights of its own';
COMMENT ON ROLE engarde_user     IS 'EnGarde backend: reads and writes public, reads langflow, under row security';
COMMENT ON ROLE langflow_app     IS 'Langflow server: owns schema langflow, reads public under row security';
COMMENT ON ROLE audit_user       IS 'monitoring: reads all schemas through policies of its own, writes nothing';

GRANT engarde_owner TO engarde_migrator;

-- A role's settings start from nothing, or one that somebody added (a tenant set for a whole
-- role, row_security) would outlive this script.
ALTER ROLE engarde_owner    RESET ALL;
ALTER ROLE engarde_migrator RESET ALL;
ALTER ROLE engarde_user     RESET ALL;
ALTER ROLE langflow_app     RESET ALL;
ALTER ROLE audit_user       RESET ALL;

-- Search paths are set on the roles: a client's `options` lose against its driver's own, and
-- a pooler refuses them. Langflow sees its schema alone, or its start-up comparison takes
-- EnGarde's tables for its own. Statements that cross schemas name the schema.
ALTER ROLE engarde_migrator SET search_path = public;
ALTER ROLE engarde_user     SET search_path = public;
ALTER ROLE langflow_app     SET search_path = langflow;
ALTER ROLE audit_user       SET search_path = audit;

-- Limits against one session starving the others. langflow_app has none on statements,
-- because Langflow migrates its own schema with the same role; a migration that waits for a
-- lock makes everybody behind it wait too, so the migrator gives up early.
ALTER ROLE engarde_user     SET statement_timeout = '30s';
ALTER ROLE engarde_user     SET lock_timeout = '10s';
ALTER ROLE engarde_user     SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE langflow_app     SET idle_in_transaction_session_timeout = '10min';
ALTER ROLE audit_user       SET statement_timeout = '60s';
ALTER ROLE audit_user       SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE audit_user       SET default_transaction_read_only = on;
ALTER ROLE engarde_migrator SET lock_timeout = '10s';
ALTER ROLE engarde_migrator SET idle_in_transaction_session_timeout = '10min';

COMMIT;
