-- channel: S04
-- severity: weakness
-- units: schemas
-- doc: no default privileges open what is made later to an application before it has policies
SELECT coalesce(n.nspname || '.', '') || '(later ' || k.kind || ')',
       coalesce(g.rolname::text, 'PUBLIC'),
       'default privileges give ' || coalesce(g.rolname::text, 'PUBLIC') || ' ' || string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) || ' on all '
           || k.kind || ' that ' || o.rolname || ' makes' || coalesce(' in ' || n.nspname, ''),
       'a new table is open before anybody gives it policies',
       format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON %s FROM %s;', o.rolname, coalesce(' IN SCHEMA ' || quote_ident(n.nspname), ''), upper(k.kind),
              coalesce(quote_ident(g.rolname), 'PUBLIC'))
FROM pg_catalog.pg_default_acl AS d
JOIN pg_catalog.pg_roles AS o ON o.oid = d.defaclrole
JOIN (VALUES ('r', 'tables'), ('S', 'sequences'), ('n', 'schemas')) AS k(type, kind) ON k.type = d.defaclobjtype
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
WHERE a.grantee <> d.defaclrole
  AND (a.grantee = 0 OR EXISTS (SELECT FROM pg_catalog.pg_roles AS r
                                WHERE r.rolname = ANY (CAST(:roles AS text[])) AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, a.grantee, 'USAGE')))
GROUP BY n.nspname, k.kind, g.rolname, o.rolname
ORDER BY 1, 2
