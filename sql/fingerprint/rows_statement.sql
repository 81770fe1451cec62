-- The statement that sums up the rows of table $1 (schema.table): how many, a sum over whole rows and one for each column, all regardless
-- of the order of rows and columns.
SELECT format('SELECT count(*), COALESCE(sum(hashtextextended(row_text, 0)), 0)::text, ARRAY[%s] FROM (SELECT %s AS row_text, t.* FROM %s AS t) AS t',
              string_agg(format('COALESCE(sum(hashtextextended(COALESCE(t.%1$I::text, ''~''), 0)), 0)::text', a.attname), ', ' ORDER BY a.attname),
              'ROW(' || string_agg(format('t.%I', a.attname), ', ' ORDER BY a.attname) || ')::text',
              a.attrelid::regclass),
       array_agg(a.attname::text ORDER BY a.attname) AS columns
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY a.attrelid;
