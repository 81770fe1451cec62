-- channel: S04
-- severity: note
-- units: tables
-- doc: tenant tables without row security that no application can touch yet
SELECT n.nspname || '.' || c.relname,
       '',
       'row security is off; no application may touch it',
       'the next grant opens it',
       format('ALTER TABLE %1$I.%2$I ENABLE ROW LEVEL SECURITY; ALTER TABLE %1$I.%2$I FORCE ROW LEVEL SECURITY;', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = ANY (CAST(:tables AS oid[]))
  AND NOT c.relrowsecurity
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r
                  WHERE r.rolname = ANY (CAST(:roles AS text[]))
                    AND NOT r.rolsuper
                    AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
                    AND (pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')
                         OR pg_catalog.has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER')))
ORDER BY 1
