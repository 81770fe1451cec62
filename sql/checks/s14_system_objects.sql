-- channel: S14
-- severity: weakness
-- units: database
-- doc: applications have no more rights on the system's own tables and functions than the server came with
SELECT o.name,
       coalesce(g.rolname::text, 'PUBLIC'),
       coalesce(g.rolname::text, 'PUBLIC') || ' was given ' || string_agg(DISTINCT a.privilege_type, ', ') || ' on this object of the system',
       'the server keeps it from applications: it shows or does what no policy covers',
       format('REVOKE ALL ON %s %s FROM %s;', o.kind, o.name, coalesce(quote_ident(g.rolname), 'PUBLIC'))
FROM (
    SELECT 'pg_catalog.pg_class'::regclass::oid AS class, c.oid, 'TABLE' AS kind, n.nspname || '.' || c.relname AS name, c.relacl AS acl
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'pg_catalog' AND c.relacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass::oid, p.oid, 'ROUTINE', n.nspname || '.' || p.oid::regprocedure, p.proacl
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = 'pg_catalog' AND p.oid < 16384 AND p.proacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass::oid, c.oid, 'TABLE', n.nspname || '.' || c.relname, t.attacl
    FROM pg_catalog.pg_attribute AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'pg_catalog' AND c.oid < 16384 AND t.attacl IS NOT NULL AND c.relname NOT IN ('pg_subscription')
) AS o
CROSS JOIN LATERAL aclexplode(o.acl) AS a
LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
WHERE (a.grantee = 0 OR g.rolname = ANY (CAST(:roles AS text[])))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs AS i CROSS JOIN LATERAL aclexplode(i.initprivs) AS was
                  WHERE i.classoid = o.class AND i.objoid = o.oid AND was.grantee = a.grantee AND was.privilege_type = a.privilege_type)
  -- A function starts open to PUBLIC unless the server's own list says otherwise.
  AND NOT (a.grantee = 0 AND o.kind = 'ROUTINE' AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs AS i WHERE i.classoid = o.class AND i.objoid = o.oid))
GROUP BY o.kind, o.name, g.rolname
ORDER BY 1, 2
