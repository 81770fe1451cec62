-- Database and schema belong to the administrator again; bootstrap/hardened/database.sql and schemas.sql then say who may what. What the
-- backend had as their owner it keeps until then.
BEGIN;

DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO CURRENT_USER', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO engarde_user', current_database());
END
$$;
ALTER SCHEMA public OWNER TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO engarde_user;

COMMIT;
