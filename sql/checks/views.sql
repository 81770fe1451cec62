-- Views that read with their owner's rights, with all relations below them, and who of these roles may read them.
-- $1 roles
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
SELECT v.oid,
       pg_catalog.pg_get_userbyid(v.relowner)::text,
       coalesce((SELECT bool_or(lower(o.option_value) IN ('true', 'on', 'yes', '1')) FROM pg_catalog.pg_options_to_table(v.reloptions) AS o
                 WHERE o.option_name = 'security_barrier'), false),
       pg_catalog.pg_get_viewdef(v.oid),
       ARRAY(SELECT DISTINCT base.relation FROM base WHERE base.view = v.oid),
       ARRAY(SELECT DISTINCT d.refobjid FROM pg_catalog.pg_depend AS d
             JOIN pg_catalog.pg_rewrite AS r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
             WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass AND (r.ev_class = v.oid OR r.ev_class IN (SELECT base.relation FROM base WHERE base.view = v.oid))),
       ARRAY(SELECT r.rolname::text FROM pg_catalog.pg_roles AS r
             WHERE r.rolname = ANY ($1::text[])
               AND pg_catalog.has_any_column_privilege(r.oid, v.oid, 'SELECT')
               AND pg_catalog.has_schema_privilege(r.oid, v.relnamespace, 'USAGE')
             ORDER BY 1),
       ARRAY(SELECT r.rolname::text FROM pg_catalog.pg_roles AS r
             WHERE r.rolname = ANY ($1::text[])
               AND pg_catalog.has_any_column_privilege(r.oid, v.oid, 'INSERT, UPDATE')
               AND pg_catalog.has_schema_privilege(r.oid, v.relnamespace, 'USAGE')
               AND pg_catalog.pg_relation_is_updatable(v.oid, false) & 12 <> 0
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(v.reloptions) AS o WHERE o.option_name = 'check_option')
             ORDER BY 1)
FROM pg_catalog.pg_class AS v
JOIN pg_catalog.pg_namespace AS n ON n.oid = v.relnamespace
WHERE v.relkind = 'v'
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND NOT coalesce((SELECT bool_or(lower(o.option_value) IN ('true', 'on', 'yes', '1')) FROM pg_catalog.pg_options_to_table(v.reloptions) AS o
                    WHERE o.option_name = 'security_invoker'), false)
ORDER BY n.nspname, v.relname
