-- Foreign keys: from which columns to which. Those whose columns may not be NULL come first: they lead from every row.
SELECT k.conrelid,
       k.conname::text,
       k.confrelid,
       ARRAY(SELECT a.attname::text
             FROM unnest(k.conkey) WITH ORDINALITY AS c(num, place)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = c.num
             ORDER BY c.place),
       ARRAY(SELECT a.attname::text
             FROM unnest(k.confkey) WITH ORDINALITY AS c(num, place)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = c.num
             ORDER BY c.place)
FROM pg_catalog.pg_constraint AS k
WHERE k.contype = 'f'
ORDER BY k.conrelid,
         EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND NOT a.attnotnull),
         k.conname
