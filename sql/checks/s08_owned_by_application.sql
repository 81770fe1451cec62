-- channel: S08
-- severity: weakness
-- units: functions
-- doc: no application owns a function that others go by, in a schema that isn't its own or by a trigger or policy of theirs
SELECT p.oid::regprocedure::text,
       r.rolname::text,
       r.rolname || ' owns this function' || CASE WHEN n.nspowner <> p.proowner THEN ' in schema ' || n.nspname || ', which isn''t its own' ELSE '' END
           || coalesce(', which ' || used.by, ''),
       'it can make it do anything, with the rights of whoever calls it or whose policy does',
       format('ALTER ROUTINE %s OWNER TO %I;', p.oid::regprocedure, CURRENT_USER)
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner
-- In its own schema it may have what it likes, as long as tables of others don't go by it.
LEFT JOIN LATERAL (
    SELECT string_agg(DISTINCT what, ', ') AS by
    FROM (
        SELECT 'trigger ' || t.tgname || ' of ' || t.tgrelid::regclass || ' runs' AS what
        FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
        WHERE t.tgfoid = p.oid AND c.relowner <> p.proowner
        UNION ALL
        SELECT 'policy ' || l.polname || ' on ' || l.polrelid::regclass || ' calls'
        FROM pg_catalog.pg_depend AS d
        JOIN pg_catalog.pg_policy AS l ON l.oid = d.objid
        JOIN pg_catalog.pg_class AS c ON c.oid = l.polrelid
        WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.refobjid = p.oid AND c.relowner <> p.proowner
    ) AS uses
) AS used ON true
WHERE r.rolname = ANY (CAST(:roles AS text[]))
  AND (n.nspowner <> p.proowner OR used.by IS NOT NULL)
ORDER BY 1
