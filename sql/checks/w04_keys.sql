-- channel: W04
-- severity: weakness
-- units: tables
-- doc: no key of a tenant table spans tenants: refusing a value would tell that another tenant has it
-- A primary key of one uuid tells nothing: nobody can guess what to ask for.
SELECT n.nspname || '.' || c.relname,
       string_agg(DISTINCT r.rolname, ', '),
       CASE WHEN x.indisexclusion THEN 'exclusion constraint ' ELSE 'unique key ' END || i.relname || ' has no tenant in it, and '
           || string_agg(DISTINCT r.rolname, ', ') || ' writes the table',
       'a refused write tells that another tenant has the value: ' || pg_catalog.pg_get_indexdef(x.indexrelid),
       CASE WHEN k.conname IS NULL THEN format('DROP INDEX %I.%I; ', n.nspname, i.relname)
            ELSE format('ALTER TABLE %I.%I DROP CONSTRAINT %I; ', n.nspname, c.relname, k.conname) END
           || CASE WHEN x.indisexclusion OR x.indexprs IS NOT NULL THEN '-- and make it anew with the tenant in it'
                   ELSE format('ALTER TABLE %I.%I ADD UNIQUE (%I, %s);', n.nspname, c.relname, t.tenant,
                               (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS u(num, place)
                                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.num WHERE u.place <= x.indnkeyatts)) END
FROM unnest(CAST(:tables AS oid[]), CAST(:tenant_columns AS text[])) AS t(oid, tenant)
JOIN pg_catalog.pg_class AS c ON c.oid = t.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_index AS x ON x.indrelid = c.oid AND (x.indisunique OR x.indisexclusion)
JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')
JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (CAST(:roles AS text[])) AND NOT r.rolsuper
WHERE t.tenant <> ''
  AND i.relname <> ALL (CAST(:keys AS text[]))
  AND NOT EXISTS (SELECT FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS u(num, place)
                  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.num
                  WHERE u.place <= x.indnkeyatts AND a.attname = t.tenant)
  AND NOT (x.indisprimary AND x.indnkeyatts = 1
           AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = x.indkey[0] AND a.atttypid = 'uuid'::regtype))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = x.indexrelid)
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND pg_catalog.has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE')
  AND r.rolname || ' ' || c.oid <> ALL (CAST(:excepted AS text[]))
GROUP BY n.nspname, c.relname, c.oid, i.relname, x.indexrelid, x.indisexclusion, x.indexprs, x.indkey, x.indnkeyatts, k.conname, t.tenant
ORDER BY 1, i.relname
