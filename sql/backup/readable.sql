-- The tables with rows of their own that role $1 may read in whole, with the sequences that pg_dump takes along, as it takes them in --table:
-- quoted, so that none is a pattern.
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS table_name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = ANY ($2::text[])
  AND has_schema_privilege($1::text, n.oid, 'USAGE') AND has_table_privilege($1::text, c.oid, 'SELECT')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  JOIN pg_catalog.pg_class AS s ON s.oid = d.objid
                  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.deptype IN ('a', 'i')
                    AND CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege($1::text, s.oid, 'SELECT') ELSE false END)
ORDER BY 1;
