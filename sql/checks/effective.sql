-- What each role may do with each relation, by grants to it, to roles whose rights it has, to PUBLIC, and by attribute. A right on some
-- columns alone has them behind it.
-- $1 roles
SELECT r.rolname::text,
       c.oid,
       n.nspname || '.' || c.relname,
       array_agg(p.name || CASE WHEN w.whole THEN '' ELSE ' (' || w.columns || ')' END ORDER BY p.place)
FROM pg_catalog.pg_roles AS r
CROSS JOIN pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN (VALUES (1, 'SELECT', true), (2, 'INSERT', true), (3, 'UPDATE', true), (4, 'DELETE', false), (5, 'TRUNCATE', false), (6, 'REFERENCES', true), (7, 'TRIGGER', false)) AS p(place, name, by_column)
CROSS JOIN LATERAL (
    SELECT pg_catalog.has_table_privilege(r.oid, c.oid, p.name) AS whole,
           CASE WHEN p.by_column AND NOT pg_catalog.has_table_privilege(r.oid, c.oid, p.name) AND pg_catalog.has_any_column_privilege(r.oid, c.oid, p.name) THEN
               (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND pg_catalog.has_column_privilege(r.oid, c.oid, a.attnum, p.name)) END AS columns
) AS w
WHERE r.rolname = ANY ($1::text[])
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND (w.whole OR w.columns IS NOT NULL)
GROUP BY r.rolname, c.oid, n.nspname, c.relname
ORDER BY n.nspname, c.relname, r.rolname
