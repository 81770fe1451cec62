-- The tables of schema $1 with a way to a tenant (a user's or a flow's rows) that one of the roles $2 may read although no policy holds
-- for it: row security is off, or the role owns the table and isn't forced.
SELECT c.relname::text AS table_name, min(r.rolname)::text AS reader
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY ($2::text[])
WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p')
  AND (c.relname = 'user' OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                                     WHERE a.attrelid = c.oid AND a.attname IN ('user_id', 'flow_id') AND NOT a.attisdropped))
  AND has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
  AND has_any_column_privilege(r.oid, c.oid, 'SELECT')
  AND (NOT c.relrowsecurity OR c.relowner = r.oid AND NOT c.relforcerowsecurity)
GROUP BY c.relname
ORDER BY c.relname;
