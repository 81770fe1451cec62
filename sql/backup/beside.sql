-- What a database has beside the tables, views, functions, types, triggers and indexes of its schemas, each by name: extensions and who may use what
-- they brought, default privileges, event triggers, publications, large objects, whether logged.
SELECT 'extension ' || e.extname AS name, format('version %s in schema %s', e.extversion, n.nspname) AS description
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
UNION ALL
SELECT format('rights on %s of extension %s', member.name, e.extname),
       COALESCE((SELECT string_agg(format('%s: %s', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type), ', '
                                   ORDER BY a.grantee, a.privilege_type)
                 FROM aclexplode(member.acl) AS a), 'none')
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
CROSS JOIN LATERAL (SELECT c.oid::regclass::text, COALESCE(c.relacl, acldefault('r', c.relowner))
                    FROM pg_catalog.pg_class AS c WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid
                    UNION ALL
                    SELECT f.oid::regprocedure::text, COALESCE(f.proacl, acldefault('f', f.proowner))
                    FROM pg_catalog.pg_proc AS f WHERE d.classid = 'pg_proc'::regclass AND f.oid = d.objid) AS member (name, acl)
UNION ALL
SELECT format('default privileges of %s in %s on %s', pg_get_userbyid(a.defaclrole), COALESCE(n.nspname, 'all schemas'), a.defaclobjtype), a.defaclacl::text
FROM pg_catalog.pg_default_acl AS a
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = a.defaclnamespace
UNION ALL
SELECT 'event trigger ' || evtname, format('owner %s, on %s, calls %s, enabled %s', pg_get_userbyid(evtowner), evtevent, evtfoid::regprocedure, evtenabled)
FROM pg_catalog.pg_event_trigger
UNION ALL
SELECT 'publication ' || pubname, format('owner %s, all tables %s', pg_get_userbyid(pubowner), puballtables)
FROM pg_catalog.pg_publication
UNION ALL
SELECT 'large objects', format('%s, owners %s', count(*), string_agg(DISTINCT pg_get_userbyid(lomowner)::text, ', '))
FROM pg_catalog.pg_largeobject_metadata
UNION ALL
SELECT 'unlogged table ' || c.oid::regclass, ''
FROM pg_catalog.pg_class AS c
WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'u'
ORDER BY 1;
