-- The permissive policies that let a role read a table. One row that any of them lets through is shown: they are joined by OR.
-- $1 table, $2 role
SELECT p.polname::text,
       coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true')
FROM pg_catalog.pg_policy AS p
WHERE p.polrelid = to_regclass($1)
  AND p.polpermissive
  AND p.polcmd IN ('r', '*')
  AND EXISTS (SELECT FROM unnest(p.polroles) AS member(oid)
              WHERE member.oid = 0 OR pg_catalog.pg_has_role($2, member.oid, 'USAGE'))
ORDER BY p.polname
