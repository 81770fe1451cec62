-- Run before another version of Langflow is started on this database, by the administrator. Its migrations change the type of columns,
-- which PostgreSQL refuses while a view or a policy reads them: with public.tenant_flows in place, the upgrade from 1.0.18 to 1.13.0 stops
-- at langflow.flow.updated_at and leaves the schema between two versions. So everything that reads Langflow's columns goes, and first of all
-- the rights: until after_langflow.sql has run again, the backend and monitoring read none of these tables. Langflow's own policies
-- name no column and stay, so that it can start.
BEGIN;

SET LOCAL lock_timeout = '5s';

DO $$
DECLARE
    item record;
BEGIN
    REVOKE ALL ON ALL TABLES IN SCHEMA langflow FROM PUBLIC, engarde_owner, engarde_migrator, engarde_user, audit_user;
    FOR item IN
        SELECT tablename, policyname FROM pg_catalog.pg_policies WHERE schemaname = 'langflow' AND policyname <> 'langflow_service'
    LOOP
        EXECUTE format('DROP POLICY %I ON langflow.%I', item.policyname, item.tablename);
    END LOOP;
END
$$;

DROP VIEW IF EXISTS public.tenant_flows;

COMMIT;
