-- Views and materialized views over a table that a role may read and that don't obey that role's row-level security.
-- $1 table, $2 role
SELECT DISTINCT n.nspname || '.' || v.relname, v.relkind::text, pg_catalog.pg_get_userbyid(v.relowner)::text
FROM pg_catalog.pg_rewrite AS r
JOIN pg_catalog.pg_class AS v ON v.oid = r.ev_class
JOIN pg_catalog.pg_namespace AS n ON n.oid = v.relnamespace
JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refobjid = to_regclass($1)
WHERE v.relkind IN ('v', 'm')
  AND pg_catalog.has_table_privilege($2, v.oid, 'SELECT')
  AND NOT coalesce((SELECT bool_or(lower(o.option_value) IN ('true', 'on', 'yes', '1'))
                    FROM pg_catalog.pg_options_to_table(v.reloptions) AS o
                    WHERE o.option_name = 'security_invoker'), false)
