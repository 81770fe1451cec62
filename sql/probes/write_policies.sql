-- The permissive policies by which role $2 writes table $1 (its oid) by command $3 (a, w or d): name, the condition on rows that are there, the one
-- on new rows, and the command.
SELECT p.polname::text, coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ''),
       coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), pg_catalog.pg_get_expr(p.polqual, p.polrelid), ''), p.polcmd::text
FROM pg_catalog.pg_policy AS p
WHERE p.polrelid = $1::oid AND p.polpermissive AND p.polcmd::text IN ('*', $3::text)
  AND EXISTS (SELECT FROM unnest(p.polroles) AS r(oid) WHERE r.oid = 0 OR pg_catalog.pg_has_role($2::text, r.oid, 'USAGE'))
ORDER BY 1
