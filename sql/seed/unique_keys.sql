-- Primary and unique keys of the tables of schemas $1. A partial index counts as if it held for all rows. Keys over
-- expressions are left out: COPY enforces them, and a column with a canary is unique under any of them.
SELECT n.nspname || '.' || c.relname AS table_name,
       x.relname::text               AS key_name,
       i.indisprimary                AS is_primary,
       ARRAY(SELECT a.attname::text
             FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
             WHERE k.place <= i.indnkeyatts
             ORDER BY k.place)       AS columns
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[]) AND i.indisunique AND i.indexprs IS NULL
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1, i.indisprimary DESC, 2;
