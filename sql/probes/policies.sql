-- The permissive policies by which role $2 reads table $1 (its oid): name, and condition as text.
SELECT p.polname::text, pg_catalog.pg_get_expr(p.polqual, p.polrelid)
FROM pg_catalog.pg_policy AS p
WHERE p.polrelid = $1::oid AND p.polpermissive AND p.polcmd IN ('*', 'r') AND p.polqual IS NOT NULL
  AND EXISTS (SELECT FROM unnest(p.polroles) AS r(oid) WHERE r.oid = 0 OR pg_catalog.pg_has_role($2::text, r.oid, 'USAGE'))
ORDER BY 1
