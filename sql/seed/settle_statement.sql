-- The statement that makes statistics and the visibility map of table $1 (schema.table) what they will stay: plans and
-- index-only scans must not change while a load is measured.
SELECT format('VACUUM (ANALYZE) %s', c.oid::regclass)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = $1::text;
