-- Every right on relations, columns, sequences, schemas and this database, as granted or by ownership, outside the system's schemas.
SELECT o.kind, o.oid, coalesce(n.nspname::text, ''), o.name::text, o.columns, coalesce(g.rolname::text, 'PUBLIC'), a.privilege_type::text,
       a.is_grantable AND a.grantee <> o.owner, a.grantee = o.owner
FROM (
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind, c.oid, c.relnamespace AS schema, c.relname AS name, '{}'::text[] AS columns, c.relowner AS owner,
           coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl
    FROM pg_catalog.pg_class AS c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 'table', c.oid, c.relnamespace, c.relname, ARRAY[t.attname::text], c.relowner, t.attacl
    FROM pg_catalog.pg_attribute AS t
    JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid
    WHERE t.attacl IS NOT NULL AND NOT t.attisdropped
    UNION ALL
    SELECT 'schema', s.oid, s.oid, s.nspname, '{}', s.nspowner, coalesce(s.nspacl, acldefault('n', s.nspowner))
    FROM pg_catalog.pg_namespace AS s
    UNION ALL
    SELECT 'database', d.oid, NULL, d.datname, '{}', d.datdba, coalesce(d.datacl, acldefault('d', d.datdba))
    FROM pg_catalog.pg_database AS d
    WHERE d.datname = current_database()
) AS o
CROSS JOIN LATERAL aclexplode(o.acl) AS a
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = o.schema
LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
WHERE coalesce(n.nspname, '') <> 'information_schema'
  AND coalesce(n.nspname, '') !~ '^pg_'
ORDER BY o.kind, n.nspname, o.name, 6, o.columns, 7
