-- The statement that lists the values of column $2 of table $1 (schema.table), a table that all tenants share. Put together
-- by the server, so that names are quoted by the one who reads them.
SELECT format('SELECT DISTINCT %1$I::text FROM %2$s WHERE %1$I IS NOT NULL ORDER BY 1 LIMIT 100', $2::text, c.oid::regclass)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = $1::text;
