-- The statement that counts the rows of table $1 (schema.table).
SELECT format('SELECT count(*) FROM %s', c.oid::regclass)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = $1::text;
