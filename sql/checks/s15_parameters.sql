-- channel: S15
-- severity: weakness
-- units: database
-- since: 150000
-- doc: no application may set a parameter that is the administrator's
SELECT p.parname,
       coalesce(g.rolname::text, 'PUBLIC'),
       coalesce(g.rolname::text, 'PUBLIC') || ' may ' || string_agg(CASE a.privilege_type WHEN 'SET' THEN 'set' ELSE 'change for the whole server' END, ' and ') || ' this parameter',
       'only administrators may by default',
       format('REVOKE ALL ON PARAMETER %s FROM %s;', p.parname, coalesce(quote_ident(g.rolname), 'PUBLIC'))
FROM pg_catalog.pg_parameter_acl AS p
CROSS JOIN LATERAL aclexplode(p.paracl) AS a
LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
WHERE a.grantee = 0 OR g.rolname = ANY (CAST(:all_roles AS text[]))
GROUP BY p.parname, g.rolname
ORDER BY 1, 2
