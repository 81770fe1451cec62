-- The statement that gives the rows of table $1 (schema.table) whose column $2 is among its own $1 (uuid[]), whole, in no order.
SELECT format('SELECT * FROM %s WHERE %I = ANY ($1::uuid[])', c.oid::regclass, $2::text)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = $1::text;
