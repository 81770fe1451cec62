-- The statement that gives columns $2 of those rows of table $1 (schema.table) whose column $3 is among its own $1 (uuid[]), in no order.
SELECT format('SELECT %s FROM %s WHERE %I = ANY ($1::uuid[])',
              (SELECT string_agg(quote_ident(name), ', ' ORDER BY place) FROM unnest($2::text[]) WITH ORDINALITY AS u (name, place)),
              c.oid::regclass, $3::text)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = $1::text;
