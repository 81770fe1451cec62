-- Sequences whose state role $1 may read.
SELECT n.nspname::text, c.relname::text
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname !~ '^pg_'
  AND pg_catalog.has_schema_privilege($1::name, n.oid, 'USAGE')
  AND CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege($1::name, c.oid, 'SELECT') END -- in this order: the right is an error for tables
ORDER BY 1, 2
