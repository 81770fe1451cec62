-- channel: S07
-- severity: weakness
-- units: relations
-- doc: no application reads a materialized view of tenants' rows, which can't have policies
WITH RECURSIVE base(view, relation) AS (
    SELECT r.ev_class, d.refobjid
    FROM pg_catalog.pg_rewrite AS r
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
    UNION
    SELECT base.view, d.refobjid
    FROM base
    JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = base.relation
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
)
SELECT n.nspname || '.' || c.relname,
       string_agg(DISTINCT r.rolname, ', '),
       'a materialized view of tenants'' rows, and ' || string_agg(DISTINCT r.rolname, ', ') || ' may read it',
       'it has no policies: it shows all that it was filled with, from ' || min(tn.nspname || '.' || t.relname),
       format('REVOKE ALL ON %I.%I FROM PUBLIC, %s;', n.nspname, c.relname, string_agg(DISTINCT quote_ident(r.rolname), ', '))
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN base ON base.view = c.oid
JOIN pg_catalog.pg_class AS t ON t.oid = base.relation AND t.oid = ANY (CAST(:tables AS oid[]))
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (CAST(:roles AS text[]))
WHERE c.relkind = 'm'
  AND NOT r.rolsuper
  AND pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT')
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
GROUP BY n.nspname, c.relname
ORDER BY 1
