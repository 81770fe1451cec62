-- The columns of each unique key that holds for all rows.
SELECT x.indrelid,
       ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS u(num, place)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = u.num
             WHERE u.place <= x.indnkeyatts)
FROM pg_catalog.pg_index AS x
JOIN pg_catalog.pg_class AS c ON c.oid = x.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE x.indisunique
  AND x.indisvalid
  AND x.indpred IS NULL
  AND x.indexprs IS NULL
  AND n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema'
