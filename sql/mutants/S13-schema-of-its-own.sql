-- id: S13-schema-of-its-own
-- channel: S13
-- scope: database
-- doc: the backend got a schema of its own name, which "$user" puts first
-- apply
CREATE SCHEMA engarde_user AUTHORIZATION engarde_user;
DO $$
BEGIN
    EXECUTE format('ALTER ROLE engarde_user IN DATABASE %I SET search_path = "$user", public', current_database());
END
$$;
