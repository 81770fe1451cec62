-- Check constraints of the tables of schemas $1, as PostgreSQL writes them out.
SELECT n.nspname || '.' || c.relname AS table_name,
       k.conname::text               AS check_name,
       pg_get_expr(k.conbin, k.conrelid) AS condition
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[]) AND k.contype = 'c'
ORDER BY 1, 2;
