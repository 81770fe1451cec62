-- channel: W05
-- severity: weakness
-- units: tables
-- doc: foreign keys of tenants' tables are enforced
SELECT n.nspname || '.' || c.relname,
       '',
       'foreign keys are not enforced: their triggers are disabled',
       'rows may name rows of other tenants, and of nobody',
       format('ALTER TABLE %I.%I ENABLE TRIGGER ALL;', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = ANY (CAST(:tables AS oid[]))
  AND EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgisinternal AND t.tgenabled IN ('D', 'R'))
ORDER BY 1
