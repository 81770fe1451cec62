-- channel: S04
-- severity: note
-- units: relations
-- doc: tables whose policies go by the tenant, but from whose rows no way to a tenant is known: their policies can't be tried
SELECT n.nspname || '.' || c.relname,
       '',
       'has policies that go by the tenant, but no way leads from its rows to a tenant',
       'declare the way under paths in target.yaml, or its policies are not tried',
       ''
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relrowsecurity
  AND c.oid <> ALL (CAST(:tables AS oid[]))
  AND c.oid <> ALL (CAST(:shared AS oid[]))
  AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p
              WHERE p.polrelid = c.oid
                AND position(CAST(:setting AS text) IN coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') || coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '')) > 0)
ORDER BY 1
