-- Removes a tenant's rows of schema public, all but the row of the tenant itself, in one transaction. May be run
-- again. Which tables there are and in which order foreign keys let go comes from the catalog, so that one that
-- was added this morning is not forgotten: with a tenant_id, or with a foreign key that leads to one.
--
-- As engarde_migrator, who becomes engarde_owner for this transaction: it owns the tables and row security
-- lets it at all rows. First, in the same session: SET removal.tenant = '<the tenant''s id>';
BEGIN;
SET LOCAL ROLE engarde_owner;

DO $$
DECLARE
    mine     CONSTANT text := format('tenant_id = %L::uuid', current_setting('removal.tenant'));
    way      jsonb := '{}'; -- by table: the condition of the tenant's rows
    pending  text[];
    item     record;
    grew     boolean := true;
    next     text;
    removed  bigint;
BEGIN
    SELECT coalesce(jsonb_object_agg(c.relname, mine), '{}') INTO way
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition;

    -- From a table without tenant_id a foreign key may lead to one that has it, over any number of tables. Keys that every row has come first.
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
              AND child.relnamespace = 'public'::regnamespace
              AND parent.relnamespace = 'public'::regnamespace
              AND child.relname <> 'tenants'
            GROUP BY f.oid, child.relname, parent.relname
            ORDER BY always DESC, f.oid
        LOOP
            IF NOT way ? item.child AND way ? item.parent THEN
                way := way || jsonb_build_object(item.child, format('(%s) IN (SELECT %s FROM public.%I WHERE %s)',
                                                                    item.columns, item.referred, item.parent, way ->> item.parent));
                grew := true;
            END IF;
        END LOOP;
    END LOOP;

    -- A table's turn comes when no other that is still to come refers to it. In a ring of keys the first is tried all the same.
    pending := ARRAY(SELECT jsonb_object_keys(way));
    WHILE pending <> '{}' LOOP
        SELECT p INTO next
        FROM unnest(pending) AS p
        ORDER BY EXISTS (SELECT FROM pg_catalog.pg_constraint AS f
                         WHERE f.contype = 'f' AND f.confrelid = format('public.%I', p)::regclass AND f.conrelid <> f.confrelid
                           AND f.conrelid = ANY (SELECT format('public.%I', other)::regclass FROM unnest(pending) AS other)),
                 p
        LIMIT 1;
        EXECUTE format('DELETE FROM public.%I WHERE %s', next, way ->> next);
        GET DIAGNOSTICS removed = ROW_COUNT;
        IF removed > 0 THEN
            RAISE NOTICE '% rows of public.%', removed, next;
        END IF;
        pending := array_remove(pending, next);
    END LOOP;
END
$$;

COMMIT;
