-- The layout that the design replaces: one schema and one role for both applications. The role owns everything, and nothing keeps
-- tenants apart but the conditions that the applications write. Here to be measured, not to be used.
BEGIN;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'engarde_user') THEN
        CREATE ROLE engarde_user;
    END IF;
    EXECUTE format('ALTER DATABASE %I OWNER TO engarde_user', current_database());
END
$$;

ALTER ROLE engarde_user LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE engarde_user RESET ALL;
ALTER SCHEMA public OWNER TO engarde_user;

COMMIT;
