-- channel: S16
-- severity: weakness
-- units: database
-- doc: no application reads or writes large objects: they have no policies
SELECT 'large object ' || o.oid,
       coalesce(g.rolname::text, 'PUBLIC'),
       coalesce(g.rolname::text, 'PUBLIC') || CASE WHEN g.oid = o.lomowner THEN ' owns it' ELSE ' may ' || string_agg(CASE a.privilege_type WHEN 'SELECT' THEN 'read' ELSE 'write' END, ' and ') || ' it' END,
       'large objects have no policies, and their numbers are easily guessed',
       CASE WHEN g.oid = o.lomowner THEN format('ALTER LARGE OBJECT %s OWNER TO %I;', o.oid, CURRENT_USER)
            ELSE format('REVOKE ALL ON LARGE OBJECT %s FROM %s;', o.oid, coalesce(quote_ident(g.rolname), 'PUBLIC')) END
FROM pg_catalog.pg_largeobject_metadata AS o
CROSS JOIN LATERAL aclexplode(coalesce(o.lomacl, acldefault('L', o.lomowner))) AS a
LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
WHERE a.grantee = 0 OR g.rolname = ANY (CAST(:roles AS text[]))
GROUP BY o.oid, o.lomowner, g.oid, g.rolname
ORDER BY o.oid, 2
