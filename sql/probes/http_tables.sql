-- Tables with an id of type uuid, with the statement that takes rows away again whatever refers to them: they are new, and nobody's.
SELECT n.nspname::text, c.relname::text, format('DELETE FROM %I.%I WHERE ctid = ANY ($1::tid[])', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'id' AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
WHERE c.relkind = 'r' AND n.nspname || '.' || c.relname = ANY ($1::text[])
ORDER BY 1, 2
