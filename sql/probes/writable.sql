-- What role $1 may write of tables and views: columns to insert and to update, whether it may delete and truncate; and which columns are the
-- first key's, are in any key, or refer to other rows.
SELECT c.oid,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND pg_catalog.has_column_privilege($1::name, c.oid, a.attnum, 'INSERT') ORDER BY a.attnum),
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND pg_catalog.has_column_privilege($1::name, c.oid, a.attnum, 'UPDATE') ORDER BY a.attnum),
       pg_catalog.has_table_privilege($1::name, c.oid, 'DELETE'),
       pg_catalog.has_table_privilege($1::name, c.oid, 'TRUNCATE'),
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_index AS i CROSS JOIN LATERAL unnest(i.indkey::int2[]) AS k(num)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.num
             WHERE i.indrelid = c.oid AND i.indisprimary),
       ARRAY(SELECT DISTINCT a.attname::text FROM pg_catalog.pg_index AS i CROSS JOIN LATERAL unnest(i.indkey::int2[]) AS k(num)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.num
             WHERE i.indrelid = c.oid AND i.indisunique),
       ARRAY(SELECT DISTINCT a.attname::text FROM pg_catalog.pg_constraint AS f CROSS JOIN LATERAL unnest(f.conkey) AS k(num)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.num
             WHERE f.conrelid = c.oid AND f.contype = 'f')
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'f')
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND pg_catalog.has_schema_privilege($1::name, n.oid, 'USAGE')
