-- The statement that takes rows of table $1 (schema.table) with columns $2 in binary form.
SELECT format('COPY %s (%s) FROM STDIN (FORMAT binary)', c.oid::regclass,
              (SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM unnest($2::text[]) WITH ORDINALITY AS u (name, place)))
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = $1::text;
