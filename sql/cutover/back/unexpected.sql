-- Before anything is taken back: tables that came after the cutover, with a migration or an upgrade, are not known to it, and what it restores
-- wouldn't fit them.
DO $$
DECLARE
    newer text;
BEGIN
    SELECT string_agg(format('%s', c.oid::regclass), ', ') INTO newer
    FROM pg_catalog.pg_class AS c
    WHERE c.relkind IN ('r', 'p') AND (
        c.relnamespace = to_regnamespace('langflow') AND NOT EXISTS (SELECT FROM cutover.tables AS t WHERE t.name = c.relname AND t.application = 'langflow')
        OR c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version' AND NOT EXISTS (SELECT FROM cutover.tables AS t WHERE t.name = c.relname));
    IF newer IS NOT NULL THEN
        RAISE EXCEPTION 'tables that the cutover doesn''t know: %', newer
            USING HINT = 'they were made after it: downgrade the migration that made them, or move them by hand';
    END IF;
END
$$;
