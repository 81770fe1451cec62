-- What the steps of the cutover call. Each table changes in a transaction of its own, in which owner, row security, policies and rights
-- come together: the backend never loses a table that it uses, and a table that has its policies is never without them.
BEGIN;

-- Owner, row security and rights of one of EnGarde's tables, as its migrations make them in the hardened layout.
CREATE OR REPLACE FUNCTION cutover.protect_engarde(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lookup CONSTANT boolean := name IN ('countries', 'currencies', 'plans', 'feature_flags');
    side   CONSTANT boolean := name = 'langflow_tenant_users';
    mine   CONSTANT text := format('%I = NULLIF(current_setting(''app.current_tenant_id'', true), '''')::uuid',
                                   CASE name WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END);
BEGIN
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', name);
    EXECUTE format('ALTER TABLE public.%I OWNER TO engarde_owner', name);
    EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, engarde_migrator, engarde_user, langflow_app, audit_user', name);
    IF lookup THEN
        EXECUTE format('GRANT SELECT ON public.%I TO engarde_user, langflow_app, audit_user', name);
        RETURN;
    END IF;
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_isolation ON public.%I FOR ALL TO %s USING (%s) WITH CHECK (%s)', name,
                   CASE WHEN side THEN 'engarde_user' ELSE 'engarde_user, langflow_app' END, mine, mine);
    EXECUTE format('CREATE POLICY owner_maintenance ON public.%I FOR ALL TO engarde_owner USING (true) WITH CHECK (true)', name);
    EXECUTE format('CREATE POLICY audit_read ON public.%I FOR SELECT TO audit_user USING (true)', name);
    IF side THEN
        EXECUTE format('CREATE POLICY langflow_lookup ON public.%I FOR SELECT TO langflow_app USING (true)', name);
        EXECUTE format('GRANT SELECT (user_id, tenant_id) ON public.%I TO langflow_app', name);
        EXECUTE format('GRANT SELECT ON public.%I TO engarde_user, audit_user', name);
    ELSE
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO engarde_user', name);
        EXECUTE format('GRANT SELECT ON public.%I TO langflow_app, audit_user', name);
    END IF;
END
$$;

-- One of Langflow's tables goes to its schema, with its indexes and sequences, and gets there what bootstrap/hardened/after_langflow.sql
-- gives it after each start of Langflow.
CREATE OR REPLACE FUNCTION cutover.protect_langflow(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    users_of_tenant CONSTANT text :=
        'ARRAY(SELECT owned.user_id FROM public.langflow_tenant_users AS owned'
        ' WHERE owned.tenant_id = NULLIF(current_setting(''app.current_tenant_id'', true), '''')::uuid)';
    -- flow may not have moved yet; the policy follows it, as it names tables by number.
    flow      CONSTANT text := CASE WHEN to_regclass('langflow.flow') IS NULL THEN 'public.flow' ELSE 'langflow.flow' END;
    columns   text[];
    condition text;
BEGIN
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', name);
    SELECT array_agg(a.attname::text) INTO columns FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = format('public.%I', name)::regclass AND a.atttypid = 'uuid'::regtype AND a.attnum > 0 AND NOT a.attisdropped;
    EXECUTE format('ALTER TABLE public.%I SET SCHEMA langflow', name);
    EXECUTE format('ALTER TABLE langflow.%I OWNER TO langflow_app', name);
    EXECUTE format('REVOKE ALL ON langflow.%I FROM PUBLIC, engarde_owner, engarde_migrator, engarde_user, audit_user', name);
    EXECUTE format('ALTER TABLE langflow.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE langflow.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY langflow_service ON langflow.%I FOR ALL TO langflow_app USING (true) WITH CHECK (true)', name);
    EXECUTE format('CREATE POLICY audit_read ON langflow.%I FOR SELECT TO audit_user USING (true)', name);
    condition := CASE
        WHEN name = 'user' THEN 'id = ANY (' || users_of_tenant || ')'
        WHEN 'user_id' = ANY (columns) THEN 'user_id = ANY (' || users_of_tenant || ')'
        WHEN 'flow_id' = ANY (columns) THEN 'flow_id = ANY (ARRAY(SELECT reached.id FROM ' || flow || ' AS reached'
                                            ' WHERE reached.user_id = ANY (' || users_of_tenant || ')))'
    END;
    IF condition IS NOT NULL THEN
        EXECUTE format('CREATE POLICY tenant_isolation ON langflow.%I FOR SELECT TO engarde_user USING (%s)', name, condition);
        EXECUTE format('GRANT SELECT ON langflow.%I TO engarde_user', name);
    END IF;
    EXECUTE format('GRANT SELECT ON langflow.%I TO audit_user', name);
END
$$;

-- Rights of an object as they were remembered. what is as in GRANT.
CREATE OR REPLACE FUNCTION cutover.restore_rights(what text, rights aclitem[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    item record;
BEGIN
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, %s', what,
                   (SELECT string_agg(format('%I', rolname), ', ') FROM pg_catalog.pg_roles WHERE rolname IN (SELECT r.name FROM cutover.roles AS r)));
    FOR item IN
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee,
               string_agg(a.privilege_type, ', ') AS privileges, a.is_grantable
        FROM aclexplode(rights) AS a WHERE a.grantee = 0 OR a.grantee IN (SELECT oid FROM pg_catalog.pg_roles)
        GROUP BY a.grantee, a.is_grantable
    LOOP
        EXECUTE format('GRANT %s ON %s TO %s%s', item.privileges, what, item.grantee, CASE WHEN item.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
    END LOOP;
END
$$;

-- A table as it was remembered, in schema public.
CREATE OR REPLACE FUNCTION cutover.restore(item cutover.tables) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place CONSTANT text := CASE item.application WHEN 'langflow' THEN 'langflow' ELSE 'public' END;
    p     record;
BEGIN
    EXECUTE format('LOCK TABLE %I.%I IN ACCESS EXCLUSIVE MODE', place, item.name);
    IF item.name = 'alembic_version' THEN
        DROP TABLE IF EXISTS public.alembic_version; -- EnGarde's, which the cutover has made
    END IF;
    IF place <> 'public' THEN
        EXECUTE format('ALTER TABLE %I.%I SET SCHEMA public', place, item.name);
    END IF;
    FOR p IN SELECT policyname FROM pg_catalog.pg_policies WHERE schemaname = 'public' AND tablename = item.name LOOP
        EXECUTE format('DROP POLICY %I ON public.%I', p.policyname, item.name);
    END LOOP;
    FOR p IN SELECT * FROM cutover.policies WHERE tablename = item.name LOOP
        EXECUTE format('CREATE POLICY %I ON public.%I AS %s FOR %s TO %s%s%s', p.policyname, item.name, p.permissive, p.cmd,
                       (SELECT string_agg(CASE r WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(r) END, ', ') FROM unnest(p.roles) AS r),
                       ' USING (' || p.qual || ')', ' WITH CHECK (' || p.with_check || ')');
    END LOOP;
    EXECUTE format('ALTER TABLE public.%I %s ROW LEVEL SECURITY', item.name, CASE WHEN item.row_security THEN 'ENABLE' ELSE 'DISABLE' END);
    EXECUTE format('ALTER TABLE public.%I %s ROW LEVEL SECURITY', item.name, CASE WHEN item.forced THEN 'FORCE' ELSE 'NO FORCE' END);
    EXECUTE format('ALTER TABLE public.%I OWNER TO %I', item.name, item.owner);
    PERFORM cutover.restore_rights(format('TABLE public.%I', item.name), item.rights);
END
$$;

-- Moves all tables of an application, forth or back, each in a transaction of its own. A lock that isn't had soon is given up and asked for
-- again: whoever waits behind us waits no longer. Called by itself, never within a transaction.
CREATE OR REPLACE PROCEDURE cutover.move(which text, forth boolean) LANGUAGE plpgsql AS $$
DECLARE
    patience CONSTANT text := '200ms';
    most     CONSTANT integer := 300;
    item     cutover.tables;
    failures integer := 0;
    refused  boolean;
BEGIN
    LOOP
        SELECT * INTO item FROM cutover.tables WHERE application = which AND moved <> forth ORDER BY name LIMIT 1;
        EXIT WHEN NOT FOUND;
        PERFORM set_config('lock_timeout', patience, true);
        refused := false;
        BEGIN
            IF NOT forth THEN
                PERFORM cutover.restore(item);
            ELSIF which = 'langflow' THEN
                PERFORM cutover.protect_langflow(item.name);
            ELSE
                PERFORM cutover.protect_engarde(item.name);
            END IF;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            refused := true;
        END;
        UPDATE cutover.tables SET tries = tries + 1, moved = CASE WHEN refused THEN moved ELSE forth END WHERE name = item.name;
        COMMIT;
        IF NOT refused THEN
            failures := 0;
            CONTINUE;
        END IF;
        failures := failures + 1;
        IF failures = most THEN
            RAISE EXCEPTION 'table % could not be locked in % tries of % each', item.name, most, patience
                USING HINT = 'look in pg_stat_activity for a transaction that holds it, end that, and begin anew: what is done stays done';
        END IF;
        PERFORM pg_sleep(0.02 + random() * 0.08);
    END LOOP;
END
$$;

COMMIT;
