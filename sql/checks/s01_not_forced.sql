-- channel: S01
-- severity: weakness
-- units: tables
-- doc: every tenant table forces its policies on its owner too
SELECT n.nspname || '.' || c.relname,
       o.rolname::text,
       'row security is not forced, so the owner ' || o.rolname || ' passes by the policies',
       'whoever becomes or is ' || o.rolname || ' sees and writes the rows of all tenants',
       format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY;', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner
WHERE c.oid = ANY (CAST(:tables AS oid[]))
  AND c.relrowsecurity
  AND NOT c.relforcerowsecurity
ORDER BY 1
