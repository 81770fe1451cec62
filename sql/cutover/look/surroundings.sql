-- What belongs to a layout beside its schemas' objects: schemas, extensions, the database's owner and rights, and the roles $1 with what they
-- may, are members of and have set. The cutover's own schema is left out: it is there until the cutover is finished.
SELECT 'a schema ' || nspname AS name, 'is there' AS description
FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'cutover')
UNION ALL
SELECT 'an extension ' || extname, 'in ' || extnamespace::regnamespace FROM pg_catalog.pg_extension
UNION ALL
SELECT 'the database', format('owner %s, rights %s', pg_get_userbyid(d.datdba),
       (SELECT string_agg(format('%s: %s', CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type), ', '
                          ORDER BY CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type)
        FROM aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) AS a))
FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()
UNION ALL
SELECT 'a role ' || r.rolname, format('login %s, inherits %s, superuser %s, bypasses %s, member of %s, settings %s, here %s, %s',
       r.rolcanlogin, r.rolinherit, r.rolsuper, r.rolbypassrls,
       (SELECT string_agg(m.roleid::regrole::text, ',' ORDER BY m.roleid::regrole::text) FROM pg_catalog.pg_auth_members AS m WHERE m.member = r.oid),
       r.rolconfig, (SELECT s.setconfig FROM pg_catalog.pg_db_role_setting AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
                     WHERE s.setrole = r.oid AND d.datname = current_database()),
       shobj_description(r.oid, 'pg_authid'))
FROM pg_catalog.pg_roles AS r WHERE r.rolname = ANY ($1::text[])
ORDER BY 1;
