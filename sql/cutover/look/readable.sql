-- The tables that are moved and that the backend may read, as it would write them. Once moved, a table must show nothing to whoever sets no
-- tenant. What all tenants share is left out.
SELECT format('%I.%I', n.nspname, c.relname)
FROM cutover.tables AS t
JOIN pg_catalog.pg_namespace AS n ON n.nspname = CASE t.application WHEN 'langflow' THEN 'langflow' ELSE 'public' END
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.name
WHERE t.moved AND t.name NOT IN ('countries', 'currencies', 'plans', 'feature_flags') AND has_table_privilege('engarde_user', c.oid, 'SELECT')
ORDER BY 1;
