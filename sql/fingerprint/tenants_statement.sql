-- The statement that counts the rows of each tenant in all tables of schemas $1 that have the column $2.
SELECT format('SELECT tenant, sum(rows)::bigint FROM (%s) AS one GROUP BY tenant ORDER BY tenant',
              string_agg(format('SELECT %I::text AS tenant, count(*) AS rows FROM %s GROUP BY 1', $2::text, c.oid::regclass), ' UNION ALL '))
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = $2::text AND NOT a.attisdropped
WHERE n.nspname = ANY ($1::text[]) AND c.relkind = 'r'
HAVING count(*) > 0;
