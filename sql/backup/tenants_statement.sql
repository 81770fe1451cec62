-- The statement that counts rows by table and tenant, in all tables of schemas $1 that have the column $2 and rows of their own.
SELECT string_agg(format('SELECT %L AS table_name, %I::text AS tenant, count(*) AS rows FROM ONLY %s GROUP BY 2',
                         n.nspname || '.' || c.relname, $2::text, c.oid::regclass), ' UNION ALL ')
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = $2::text AND NOT a.attisdropped
WHERE n.nspname = ANY ($1::text[]) AND c.relkind = 'r'
HAVING count(*) > 0;
