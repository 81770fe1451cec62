-- Removes a tenant's rows of schema langflow, in one transaction. May be run again. Which tables there are,
-- how a row leads to its user and in which order foreign keys let go comes from the catalog: each version of
-- Langflow has other tables.
--
-- As langflow_app, which owns the tables and is the one role that row security lets at them. The tenant's row
-- in public.langflow_tenant_users must still be there: it says who the tenant's user is. First, in the same
-- session: SET removal.tenant = '<the tenant''s id>';
DO $$
DECLARE
    users    CONSTANT uuid[] := ARRAY(SELECT owned.user_id FROM public.langflow_tenant_users AS owned
                                      WHERE owned.tenant_id = current_setting('removal.tenant')::uuid);
    by_user  CONSTANT text := format('= ANY (%L::uuid[])', users);
    by_flow  CONSTANT text := 'flow_id IN (SELECT id FROM langflow.flow WHERE user_id ' || by_user || ')';
    names    uuid[] := users; -- ids by which tables without a key may name what is the tenant's
    way      jsonb := '{}';   -- by table: the condition of the tenant's rows
    pending  text[];
    item     record;
    grew     boolean := true;
    next     text;
    removed  bigint;
BEGIN
    IF users = '{}' THEN
        RETURN; -- removed already, or never a user of Langflow
    END IF;

    -- The way is by the user; where that is not known, by the flow.
    FOR item IN
        SELECT c.relname,
               bool_or(a.attname = 'user_id') AS has_user,
               bool_or(a.attname = 'flow_id') AS has_flow
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'uuid'::regtype
        WHERE c.relnamespace = 'langflow'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        GROUP BY c.relname
    LOOP
        way := way || CASE
            WHEN item.relname = 'user'           THEN jsonb_build_object(item.relname, 'id ' || by_user)
            WHEN item.has_user AND item.has_flow THEN jsonb_build_object(item.relname, 'user_id ' || by_user || ' OR user_id IS NULL AND ' || by_flow)
            WHEN item.has_user                   THEN jsonb_build_object(item.relname, 'user_id ' || by_user)
            WHEN item.has_flow                   THEN jsonb_build_object(item.relname, by_flow)
            ELSE '{}'
        END;
    END LOOP;

    -- From the others a foreign key may lead to one of these, over any number of tables. Keys that every row has come first.
    WHILE grew LOOP
        grew := false;
        FOR item IN
            SELECT child.relname AS child, parent.relname AS parent,
                   string_agg(quote_ident(mine.attname), ', ' ORDER BY k.place) AS columns,
                   string_agg(quote_ident(theirs.attname), ', ' ORDER BY k.place) AS referred,
                   bool_and(mine.attnotnull) AS always
            FROM pg_catalog.pg_constraint AS f
            CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY AS k(here, there, place)
            JOIN pg_catalog.pg_class AS child ON child.oid = f.conrelid
            JOIN pg_catalog.pg_class AS parent ON parent.oid = f.confrelid
            JOIN pg_catalog.pg_attribute AS mine ON mine.attrelid = child.oid AND mine.attnum = k.here
            JOIN pg_catalog.pg_attribute AS theirs ON theirs.attrelid = parent.oid AND theirs.attnum = k.there
            WHERE f.contype = 'f'
              AND child.relnamespace = 'langflow'::regnamespace
              AND parent.relnamespace = 'langflow'::regnamespace
            GROUP BY f.oid, child.relname, parent.relname
            ORDER BY always DESC, f.oid
        LOOP
            IF NOT way ? item.child AND way ? item.parent THEN
                way := way || jsonb_build_object(item.child, format('(%s) IN (SELECT %s FROM langflow.%I WHERE %s)',
                                                                    item.columns, item.referred, item.parent, way ->> item.parent));
                grew := true;
            END IF;
        END LOOP;
    END LOOP;

    -- The rest has no key. Some name a user, a flow, a project or a job all the same.
    FOREACH next IN ARRAY ARRAY['flow.id', 'folder.id', 'job.job_id'] LOOP
        IF to_regclass('langflow.' || quote_ident(split_part(next, '.', 1))) IS NOT NULL THEN
            EXECUTE format('SELECT $1 || ARRAY(SELECT %I FROM langflow.%I WHERE %s)', split_part(next, '.', 2), split_part(next, '.', 1),
                           way ->> split_part(next, '.', 1)) INTO names USING names;
        END IF;
    END LOOP;
    FOR item IN
        SELECT c.relname, string_agg(format('%I = ANY (%L::uuid[])', a.attname, names), ' OR ') AS condition
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'uuid'::regtype
        WHERE c.relnamespace = 'langflow'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT way ? c.relname::text
        GROUP BY c.relname
    LOOP
        way := way || jsonb_build_object(item.relname, item.condition);
    END LOOP;

    -- A table's turn comes when no other that is still to come refers to it: by a key, or to find its rows. In a ring of keys the first is
    -- tried all the same.
    pending := ARRAY(SELECT jsonb_object_keys(way));
    WHILE pending <> '{}' LOOP
        SELECT p INTO next
        FROM unnest(pending) AS p
        ORDER BY EXISTS (SELECT FROM pg_catalog.pg_constraint AS f
                         WHERE f.contype = 'f' AND f.confrelid = format('langflow.%I', p)::regclass AND f.conrelid <> f.confrelid
                           AND f.conrelid = ANY (SELECT format('langflow.%I', other)::regclass FROM unnest(pending) AS other))
                 OR p = 'flow' AND EXISTS (SELECT FROM unnest(pending) AS other WHERE other <> 'flow' AND strpos(way ->> other, by_flow) > 0),
                 p
        LIMIT 1;
        EXECUTE format('DELETE FROM langflow.%I WHERE %s', next, way ->> next);
        GET DIAGNOSTICS removed = ROW_COUNT;
        IF removed > 0 THEN
            RAISE NOTICE '% rows of langflow.%', removed, next;
        END IF;
        pending := array_remove(pending, next);
    END LOOP;
END
$$;
