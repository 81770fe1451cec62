-- channel: S03
-- severity: weakness
-- units: roles
-- doc: no role of the target may become, or has the rights of, a role that it isn't declared to become
WITH RECURSIVE reach(role, granted, via, admin) AS (
    SELECT m.member, m.roleid, m.member, m.admin_option
    FROM pg_catalog.pg_auth_members AS m
    JOIN pg_catalog.pg_roles AS r ON r.oid = m.member AND r.rolname = ANY (CAST(:all_roles AS text[]))
    UNION
    SELECT reach.role, m.roleid, m.member, m.admin_option
    FROM reach
    JOIN pg_catalog.pg_roles AS g ON g.oid = reach.granted
    JOIN pg_catalog.pg_auth_members AS m ON m.member = reach.granted
    -- What a declared role can become is told of that role itself.
    WHERE g.rolname <> ALL (CAST(:all_roles AS text[]))
      AND g.rolname !~ '^pg_'
)
SELECT DISTINCT g.rolname::text,
       r.rolname::text,
       'role ' || r.rolname || CASE WHEN pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE') THEN ' has the rights of ' ELSE ' may become ' END || g.rolname
           || CASE WHEN reach.via <> reach.role THEN ', by way of ' || v.rolname ELSE '' END
           || CASE WHEN reach.admin THEN ', and may give it to others' ELSE '' END,
       CASE WHEN g.rolname LIKE 'pg\_%' THEN 'a role of the server''s with rights beyond any policy or grant of the target'
            ELSE 'the target doesn''t declare it' END
           || coalesce('; the policies of that role are on ' || (SELECT string_agg(DISTINCT p.polrelid::regclass::text, ', ') FROM pg_catalog.pg_policy AS p
                       WHERE g.oid = ANY (p.polroles) AND g.rolname <> ALL (CAST(:all_roles AS text[]))), ''),
       format('REVOKE %s%I FROM %I;', CASE WHEN r.rolname || ' ' || g.rolname = ANY (CAST(:becomes AS text[])) THEN 'ADMIN OPTION FOR ' ELSE '' END, g.rolname, v.rolname)
FROM reach
JOIN pg_catalog.pg_roles AS r ON r.oid = reach.role
JOIN pg_catalog.pg_roles AS g ON g.oid = reach.granted
JOIN pg_catalog.pg_roles AS v ON v.oid = reach.via
WHERE NOT r.rolsuper
  AND (reach.admin OR r.rolname || ' ' || g.rolname <> ALL (CAST(:becomes AS text[])))
ORDER BY 2, 1
