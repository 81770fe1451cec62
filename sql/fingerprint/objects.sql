-- What else there is of schemas $1: the schemas themselves, views, sequences, functions, types, triggers and indexes, each with owner, rights and
-- definition as text. What an extension brought is left out.
WITH extension AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e')
SELECT 'schema ' || n.nspname AS name,
       format('owner %s, rights %s', pg_get_userbyid(n.nspowner), rights.list) AS description
FROM pg_catalog.pg_namespace AS n
CROSS JOIN LATERAL (SELECT string_agg(format('%s: %s', CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type), ', '
                                      ORDER BY CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type) AS list
                    FROM aclexplode(COALESCE(n.nspacl, acldefault('n', n.nspowner))) AS a) AS rights
WHERE n.nspname = ANY ($1::text[])
UNION ALL
SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view ' ELSE 'materialized view ' END || n.nspname || '.' || c.relname,
       format('owner %s, rights %s, options %s, %s', pg_get_userbyid(c.relowner),
              (SELECT string_agg(format('%s: %s', CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type), ', '
                                 ORDER BY CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type)
               FROM aclexplode(COALESCE(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) AS a),
              COALESCE(c.reloptions::text, '-'), CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) ELSE '' END)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('v', 'm', 'S')
  AND NOT EXISTS (SELECT FROM extension AS e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
UNION ALL
SELECT 'function ' || n.nspname || '.' || f.proname || '(' || pg_get_function_identity_arguments(f.oid) || ')',
       format('owner %s, rights %s, %s', pg_get_userbyid(f.proowner),
              (SELECT string_agg(format('%s: %s', CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type), ', '
                                 ORDER BY CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type)
               FROM aclexplode(COALESCE(f.proacl, acldefault('f', f.proowner))) AS a), pg_get_functiondef(f.oid))
FROM pg_catalog.pg_proc AS f
JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
WHERE n.nspname = ANY ($1::text[]) AND f.prokind IN ('f', 'p')
  AND NOT EXISTS (SELECT FROM extension AS e WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid)
UNION ALL
SELECT 'type ' || n.nspname || '.' || t.typname,
       format('owner %s, values %s', pg_get_userbyid(t.typowner),
              (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid))
FROM pg_catalog.pg_type AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
WHERE n.nspname = ANY ($1::text[]) AND t.typtype = 'e'
  AND NOT EXISTS (SELECT FROM extension AS e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)
UNION ALL
SELECT 'trigger ' || t.tgname || ' on ' || n.nspname || '.' || c.relname, pg_get_triggerdef(t.oid) || ' enabled ' || t.tgenabled::text
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[]) AND NOT t.tgisinternal
UNION ALL
SELECT 'index ' || n.nspname || '.' || c.relname, pg_get_indexdef(c.oid)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('i', 'I')
ORDER BY 1;
