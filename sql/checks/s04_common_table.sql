-- channel: S04
-- severity: weakness
-- units: relations
-- doc: no table without row security is both written and read by applications: what one tenant writes there another reads
SELECT n.nspname || '.' || c.relname,
       string_agg(DISTINCT w.rolname, ', '),
       'has no row security, is written by ' || string_agg(DISTINCT w.rolname, ', ') || ' and read by ' || string_agg(DISTINCT r.rolname, ', '),
       'what is written for one tenant is read by all',
       format('REVOKE INSERT, UPDATE, DELETE ON %I.%I FROM %s;', n.nspname, c.relname, string_agg(DISTINCT quote_ident(w.rolname), ', '))
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles AS w ON w.rolname = ANY (CAST(:roles AS text[])) AND NOT w.rolsuper
JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (CAST(:roles AS text[])) AND NOT r.rolsuper
WHERE c.relkind IN ('r', 'p', 'f')
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND NOT c.relrowsecurity
  AND c.oid <> ALL (CAST(:tables AS oid[]))
  AND c.oid <> ALL (CAST(:shared AS oid[]))
  AND pg_catalog.has_schema_privilege(w.oid, n.oid, 'USAGE')
  AND pg_catalog.has_any_column_privilege(w.oid, c.oid, 'INSERT, UPDATE')
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT')
GROUP BY n.nspname, c.relname
ORDER BY 1
