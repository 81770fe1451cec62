-- The design to the letter: a role for each application, which owns its schema, and one for monitoring. Here to be measured, not to be
-- used: see ARCHITECTURE.md for what the hardened layout does otherwise, and why.
BEGIN;

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['engarde_user', 'langflow_app', 'audit_user']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I', wanted);
        END IF;
        EXECUTE format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', wanted);
        EXECUTE format('ALTER ROLE %I RESET ALL', wanted);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), wanted);
    END LOOP;
END
$$;

COMMIT;
