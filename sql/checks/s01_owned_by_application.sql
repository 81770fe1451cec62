-- channel: S01
-- severity: weakness
-- units: tables
-- doc: no application owns a tenant table: an owner can switch row security off, and truncates whatever the policies
SELECT n.nspname || '.' || c.relname,
       r.rolname::text,
       r.rolname || ' owns it, or may act as its owner',
       'an owner can switch row security off, drop policies and truncate',
       format('ALTER TABLE %I.%I OWNER TO %I;', n.nspname, c.relname, CURRENT_USER)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles AS r ON r.oid = c.relowner
WHERE c.oid = ANY (CAST(:tables AS oid[]))
  AND r.rolname = ANY (CAST(:roles AS text[]))
  AND r.rolname || ' ' || c.oid <> ALL (CAST(:excepted AS text[]))
ORDER BY 1
