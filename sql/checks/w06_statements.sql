-- channel: W06
-- severity: weakness
-- units: relations
-- doc: no application reads the statistics of statements: one role serves all tenants, so it sees what was asked for others
SELECT n.nspname || '.' || c.relname,
       r.rolname::text,
       r.rolname || ' may read statistics of statements',
       'one role serves all tenants, so it sees the texts and counts of what was asked for others',
       format('REVOKE ALL ON %I.%I FROM PUBLIC, %I;', n.nspname, c.relname, r.rolname)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (CAST(:roles AS text[])) AND NOT r.rolsuper
JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid AND e.extname IN ('pg_stat_statements', 'pg_stat_monitor', 'pg_qualstats', 'pg_store_plans', 'pg_buffercache')
WHERE c.relkind IN ('v', 'r')
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT')
  -- That view tells how much was left out, of no statement.
  AND c.relname <> 'pg_stat_statements_info'
ORDER BY 1, 2
