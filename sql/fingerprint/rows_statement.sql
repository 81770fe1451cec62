-- The statement that sums up the rows of table $1 (schema.table): how many, a sum over whole rows and one for each column, all regardless
-- of the order of rows and columns. With a column of ids $2, only the rows whose id is in the statement's $1, or where $3 says so all others.
SELECT format('SELECT count(*), COALESCE(sum(hashtextextended(row_text, 0)), 0)::text, ARRAY[%s] FROM (SELECT %s AS row_text, t.* FROM %s AS t%s) AS t',
              string_agg(format('COALESCE(sum(hashtextextended(COALESCE(t.%1$I::text, ''~''), 0)), 0)::text', a.attname), ', ' ORDER BY a.attname),
              'ROW(' || string_agg(format('t.%I', a.attname), ', ' ORDER BY a.attname) || ')::text',
              a.attrelid::regclass,
              CASE WHEN $2::text IS NULL THEN '' ELSE format(' WHERE %st.%I = ANY ($1::uuid[])%s', CASE WHEN $3::boolean THEN 'NOT (' ELSE '' END, $2::text, CASE WHEN $3::boolean THEN ')' ELSE '' END) END),
       array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ORDER BY a.attname) AS columns
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY a.attrelid;
