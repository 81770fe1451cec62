-- Langflow's types and trigger functions follow its tables, and the two histories of migrations part: langflow.alembic_version is the one table that Langflow left of
-- two, and EnGarde gets its own anew, at the revision of its schema: SET cutover.engarde_revision = '...' (what "alembic heads" says) before.
BEGIN;

SET LOCAL lock_timeout = '5s';

DO $$
DECLARE
    revision CONSTANT text := NULLIF(current_setting('cutover.engarde_revision', true), '');
    item     record;
BEGIN
    FOR item IN
        SELECT t.name FROM cutover.types AS t WHERE to_regtype(format('public.%I', t.name)) IS NOT NULL
    LOOP
        EXECUTE format('ALTER TYPE public.%I SET SCHEMA langflow', item.name);
        EXECUTE format('ALTER TYPE langflow.%I OWNER TO langflow_app', item.name);
    END LOOP;
    FOR item IN
        SELECT f.name, f.arguments FROM cutover.functions AS f WHERE to_regprocedure(format('public.%I(%s)', f.name, f.arguments)) IS NOT NULL
    LOOP
        EXECUTE format('ALTER FUNCTION public.%I(%s) SET SCHEMA langflow', item.name, item.arguments);
        EXECUTE format('ALTER FUNCTION langflow.%I(%s) OWNER TO langflow_app', item.name, item.arguments);
        EXECUTE format('REVOKE ALL ON FUNCTION langflow.%I(%s) FROM PUBLIC, engarde_owner, engarde_migrator, engarde_user, audit_user', item.name, item.arguments);
    END LOOP;
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        RETURN;
    END IF;
    IF revision IS NULL THEN
        RAISE EXCEPTION 'nobody says at which revision EnGarde''s schema is'
            USING HINT = 'SET cutover.engarde_revision = ''...'' to what "alembic heads" says of the release that runs';
    END IF;
    CREATE TABLE public.alembic_version (
        version_num varchar(32) NOT NULL,
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );
    ALTER TABLE public.alembic_version OWNER TO engarde_owner;
    INSERT INTO public.alembic_version (version_num) VALUES (revision);
END
$$;

COMMIT;
