-- All but the tables as it was before the cutover: types, functions, view, database and schemas. The schemas that the cutover has made go where
-- nothing is in them any more. Entries of the audit trail are nobody's to throw away: with some in it, the trail stays.
BEGIN;

SET LOCAL lock_timeout = '5s';

DO $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT t.* FROM cutover.types AS t WHERE to_regtype(format('langflow.%I', t.name)) IS NOT NULL LOOP
        EXECUTE format('ALTER TYPE langflow.%I SET SCHEMA public', item.name);
        EXECUTE format('ALTER TYPE public.%I OWNER TO %I', item.name, item.owner);
    END LOOP;
    FOR item IN SELECT f.* FROM cutover.functions AS f WHERE to_regprocedure(format('langflow.%I(%s)', f.name, f.arguments)) IS NOT NULL LOOP
        EXECUTE format('ALTER FUNCTION langflow.%I(%s) SET SCHEMA public', item.name, item.arguments);
        EXECUTE format('ALTER FUNCTION public.%I(%s) OWNER TO %I', item.name, item.arguments, item.owner);
        PERFORM cutover.restore_rights(format('FUNCTION public.%I(%s)', item.name, item.arguments), item.rights);
    END LOOP;
    FOR item IN SELECT * FROM cutover.others LOOP
        EXECUTE format('ALTER %s OWNER TO %I', item.what, item.owner);
        PERFORM cutover.restore_rights(item.what, item.rights);
        EXECUTE format('COMMENT ON %s IS %L', replace(item.what, 'TABLE public.tenant_flows', 'VIEW public.tenant_flows'), item.comment);
    END LOOP;
    IF NOT EXISTS (SELECT FROM cutover.extras WHERE name = 'langflow') THEN
        DROP SCHEMA IF EXISTS langflow;
    END IF;
    IF NOT EXISTS (SELECT FROM cutover.extras WHERE name = 'audit') AND to_regclass('audit.cross_schema_access') IS NOT NULL THEN
        IF EXISTS (SELECT FROM audit.cross_schema_access) THEN
            RAISE WARNING 'schema audit stays: there are entries in audit.cross_schema_access';
        ELSE
            DROP TABLE audit.cross_schema_access;
            DROP SCHEMA audit;
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM cutover.extras WHERE name = 'observe') THEN
        DROP SCHEMA IF EXISTS observe CASCADE; -- with the extension in it
    END IF;
END
$$;

COMMIT;
