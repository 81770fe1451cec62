-- Run after each start or upgrade of Langflow, by the administrator, when EnGarde's migrations
-- are at their head. A Langflow upgrade may drop a table and make it anew, without the row
-- security it had; so nothing is assumed about what is there: tables, columns and therefore
-- policies come from the catalog, for any version of Langflow.
--
-- One transaction, and grants last in it: no table is readable at any moment without its
-- policy. What Langflow made since the last run was granted to nobody.
--
-- Langflow refuses to start over a column or an index that its models don't know, so tenants
-- are told apart without touching its tables: public.langflow_tenant_users says which tenant a
-- Langflow user works for.
BEGIN;

-- Policies need an exclusive lock on each table for a moment, and Langflow and the backend may be at
-- work: rather give up and be run again than make them wait. Half a second is less than
-- deadlock_timeout, so that where the two hold what the other wants it is this transaction
-- that gives up, and never theirs.
SET LOCAL lock_timeout = '500ms';

DO $$
BEGIN
    IF to_regclass('public.langflow_tenant_users') IS NULL THEN
        RAISE EXCEPTION 'public.langflow_tenant_users is missing: the EnGarde migrations have not run'
            USING HINT = 'run "alembic upgrade head" first';
    END IF;
    IF to_regclass('langflow.flow') IS NULL THEN
        RAISE EXCEPTION 'langflow.flow is missing: Langflow has not made its tables yet'
            USING HINT = 'start Langflow once against this database, wait until it is healthy, then run this again';
    END IF;
END
$$;

-- What the backend asks for as "the flows of tenant $1": langflow.flow has no tenant column
-- and may not get one. security_invoker, or the view would read with its owner's rights, past
-- every policy. Only columns that every supported version of Langflow has. First of all, as
-- who reads it locks it before its tables.
CREATE OR REPLACE VIEW public.tenant_flows WITH (security_invoker = true) AS
    SELECT owned.tenant_id,
           f.id,
           f.name,
           f.description,
           f.endpoint_name,
           f.is_component,
           f.user_id,
           f.folder_id,
           f.updated_at
    FROM langflow.flow AS f
    JOIN public.langflow_tenant_users AS owned ON owned.user_id = f.user_id;

ALTER VIEW public.tenant_flows OWNER TO CURRENT_USER;
REVOKE ALL ON public.tenant_flows FROM PUBLIC, engarde_owner, engarde_migrator, engarde_user, langflow_app, audit_user;
GRANT SELECT ON public.tenant_flows TO engarde_user, audit_user;

COMMENT ON VIEW public.tenant_flows IS 'flows of Langflow with the tenant they belong to; the reader''s own row security applies';

DO $$
DECLARE
    -- Only this shape of condition is served by an index. With "user_id IN (SELECT ...)" the
    -- planner scans the table and hashes the sub-query; as an array the sub-query is
    -- evaluated once, before the scan.
    users_of_tenant CONSTANT text :=
        'ARRAY(SELECT owned.user_id FROM public.langflow_tenant_users AS owned'
        ' WHERE owned.tenant_id = NULLIF(current_setting(''app.current_tenant_id'', true), '''')::uuid)';
    by_column CONSTANT text := '%I = ANY (' || users_of_tenant || ')';
    by_flow   CONSTANT text := 'flow_id = ANY (ARRAY(SELECT reached.id FROM langflow.flow AS reached'
                               ' WHERE reached.user_id = ANY (' || users_of_tenant || ')))';
    item      record;
    condition text;
BEGIN
    -- Take away everything first, from whoever has it, column grants included.
    REVOKE ALL ON ALL TABLES    IN SCHEMA langflow FROM PUBLIC, engarde_owner, engarde_migrator, engarde_user, audit_user;
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA langflow FROM PUBLIC, engarde_owner, engarde_migrator, engarde_user, audit_user;
    REVOKE ALL ON ALL ROUTINES  IN SCHEMA langflow FROM PUBLIC, engarde_owner, engarde_migrator, engarde_user, audit_user;

    -- Every policy in this schema is ours; permissive ones add up, so a stray one widens.
    FOR item IN
        SELECT tablename, policyname FROM pg_catalog.pg_policies WHERE schemaname = 'langflow'
    LOOP
        EXECUTE format('DROP POLICY %I ON langflow.%I', item.policyname, item.tablename);
    END LOOP;

    FOR item IN
        SELECT c.relname,
               EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                       WHERE a.attrelid = c.oid AND a.attname = 'user_id'
                         AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped) AS has_user,
               EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                       WHERE a.attrelid = c.oid AND a.attname = 'flow_id'
                         AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped) AS has_flow
        FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = 'langflow'::regnamespace AND c.relkind IN ('r', 'p')
        ORDER BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE langflow.%I ENABLE ROW LEVEL SECURITY', item.relname);
        EXECUTE format('ALTER TABLE langflow.%I FORCE ROW LEVEL SECURITY', item.relname);

        -- Langflow sets no tenant; which user may see what is its own affair.
        EXECUTE format('CREATE POLICY langflow_service ON langflow.%I FOR ALL TO langflow_app'
                       ' USING (true) WITH CHECK (true)', item.relname);
        EXECUTE format('CREATE POLICY audit_read ON langflow.%I FOR SELECT TO audit_user'
                       ' USING (true)', item.relname);

        condition := CASE
            WHEN item.relname = 'user' THEN format(by_column, 'id')
            WHEN item.has_user         THEN format(by_column, 'user_id')
            WHEN item.has_flow         THEN by_flow
        END;
        -- A table without a way to its tenant gets no policy and no grant: not readable.
        IF condition IS NOT NULL THEN
            EXECUTE format('CREATE POLICY tenant_isolation ON langflow.%I FOR SELECT TO engarde_user'
                           ' USING (%s)', item.relname, condition);
            EXECUTE format('GRANT SELECT ON langflow.%I TO engarde_user', item.relname);
        END IF;
        EXECUTE format('GRANT SELECT ON langflow.%I TO audit_user', item.relname);
    END LOOP;
END
$$;

COMMIT;
