-- channel: S08
-- severity: weakness
-- units: functions
-- doc: no application owns a function in a schema that isn't its own: it could change what others call
SELECT p.oid::regprocedure::text,
       r.rolname::text,
       r.rolname || ' owns this function in schema ' || n.nspname || ', which isn''t its own',
       'it can make it do anything, with the rights of whoever calls it or whose policy does',
       format('ALTER ROUTINE %s OWNER TO %I;', p.oid::regprocedure, CURRENT_USER)
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner
WHERE r.rolname = ANY (CAST(:roles AS text[]))
  AND n.nspowner <> p.proowner
ORDER BY 1
