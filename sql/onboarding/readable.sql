-- Which of the relations $2 the role $1 may read in whole.
SELECT c.oid
FROM pg_catalog.pg_class AS c
WHERE c.oid = ANY ($2::oid[])
  AND has_schema_privilege($1::text, c.relnamespace, 'USAGE') AND has_table_privilege($1::text, c.oid, 'SELECT');
