-- channel: S04
-- severity: weakness
-- units: tables
-- doc: every tenant table that an application can touch has row security: clones, partitions and children too
SELECT n.nspname || '.' || c.relname,
       string_agg(DISTINCT coalesce(r.rolname::text, 'PUBLIC'), ', '),
       'row security is off, and ' || string_agg(DISTINCT coalesce(r.rolname::text, 'PUBLIC'), ', ') || ' may touch it'
           || CASE WHEN c.relispartition THEN '; it is a partition, which the policies of its parent don''t guard when it is named itself'
                   WHEN EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid)
                   THEN '; it is a child, which the policies of its parent don''t guard when it is named itself' ELSE '' END,
       'rows of all tenants lie open',
       format('ALTER TABLE %1$I.%2$I ENABLE ROW LEVEL SECURITY; ALTER TABLE %1$I.%2$I FORCE ROW LEVEL SECURITY;%3$s', n.nspname, c.relname,
              CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid) THEN ''
                   ELSE format(' REVOKE ALL ON %I.%I FROM PUBLIC%s;', n.nspname, c.relname, ', ' || string_agg(DISTINCT quote_ident(r.rolname), ', ')) END)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (CAST(:roles AS text[]))
WHERE c.oid = ANY (CAST(:tables AS oid[]))
  AND NOT c.relrowsecurity
  AND NOT r.rolsuper
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND (pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')
       OR pg_catalog.has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER'))
GROUP BY n.nspname, c.relname, c.oid, c.relispartition
ORDER BY 1
