-- Run once Langflow has made its tables: as the design draws it, each of them that has a way to a tenant gets a column tenant_id, a
-- trigger that fills it, and a policy that compares it with the session's tenant. The owner isn't forced, as Langflow sets no tenant.
BEGIN;

SET LOCAL lock_timeout = '5s';

-- The tenant that the session acts for; where Langflow wrote the row, which sets none, that of the user whose row it is.
CREATE OR REPLACE FUNCTION langflow.fill_tenant_id() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    new_row CONSTANT jsonb := to_jsonb(NEW);
BEGIN
    NEW.tenant_id := COALESCE(
        NEW.tenant_id,
        NULLIF(current_setting('app.current_tenant_id', true), '')::uuid,
        (SELECT owned.tenant_id FROM public.langflow_tenant_users AS owned WHERE owned.user_id = (new_row ->> 'user_id')::uuid),
        (SELECT f.tenant_id FROM langflow.flow AS f WHERE f.id = (new_row ->> 'flow_id')::uuid));
    RETURN NEW;
END
$$;
ALTER FUNCTION langflow.fill_tenant_id() OWNER TO langflow_app;

-- A trigger of langflow_app looks users up with that role's rights, and no tenant is set then.
DROP POLICY IF EXISTS langflow_lookup ON public.langflow_tenant_users;
CREATE POLICY langflow_lookup ON public.langflow_tenant_users FOR SELECT TO langflow_app USING (true);

DO $$
DECLARE
    item record;
BEGIN
    FOR item IN
        SELECT c.relname,
               bool_or(a.attname = 'user_id' AND a.atttypid = 'uuid'::regtype) AS has_user,
               bool_or(a.attname = 'tenant_id') AS has_tenant
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'langflow'::regnamespace AND c.relkind IN ('r', 'p')
        GROUP BY c.oid, c.relname
        HAVING bool_or(a.attname IN ('user_id', 'flow_id') AND a.atttypid = 'uuid'::regtype)
        -- flow first: tables with a flow_id find their tenant there.
        ORDER BY c.relname <> 'flow', c.relname
    LOOP
        IF NOT item.has_tenant THEN
            EXECUTE format('ALTER TABLE langflow.%I ADD COLUMN tenant_id uuid', item.relname);
            EXECUTE format('CREATE TRIGGER fill_tenant_id BEFORE INSERT ON langflow.%I'
                           ' FOR EACH ROW EXECUTE FUNCTION langflow.fill_tenant_id()', item.relname);
            EXECUTE format('UPDATE langflow.%I AS t SET tenant_id = %s', item.relname,
                CASE WHEN item.has_user
                     THEN '(SELECT owned.tenant_id FROM public.langflow_tenant_users AS owned WHERE owned.user_id = t.user_id)'
                     ELSE '(SELECT f.tenant_id FROM langflow.flow AS f WHERE f.id = t.flow_id)' END);
        END IF;
        EXECUTE format('ALTER TABLE langflow.%I ENABLE ROW LEVEL SECURITY', item.relname);
        EXECUTE format('DROP POLICY IF EXISTS tenant_isolation ON langflow.%I', item.relname);
        EXECUTE format('CREATE POLICY tenant_isolation ON langflow.%I'
                       ' USING (tenant_id = current_setting(''app.current_tenant_id'')::uuid)', item.relname);
    END LOOP;
END
$$;

COMMIT;
