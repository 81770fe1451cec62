-- What a role may select: columns by relation, in their order. Rights that reach it through its memberships and PUBLIC count.
-- $1 role
SELECT a.attrelid, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND a.attnum > 0
  AND NOT a.attisdropped
  AND pg_catalog.has_schema_privilege($1::name, n.oid, 'USAGE')
  AND pg_catalog.has_column_privilege($1::name, a.attrelid, a.attnum, 'SELECT')
GROUP BY a.attrelid
