-- The tables of schemas $1 and what keeps them: owner, columns, row security, policies, rights and keys, each as text that two moments
-- can be compared by.
SELECT n.nspname || '.' || c.relname AS table_name,
       pg_get_userbyid(c.relowner)::text AS owner,
       CASE WHEN NOT c.relrowsecurity THEN 'off' WHEN c.relforcerowsecurity THEN 'forced' ELSE 'on' END AS row_security,
       ARRAY(SELECT a.attname || ' ' || format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns,
       ARRAY(SELECT format('%s %s for %s to %s using %s check %s', p.polname, CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, p.polcmd,
                           (SELECT string_agg(CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r) END, ',' ORDER BY CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r) END) FROM unnest(p.polroles) AS r),
                           COALESCE(pg_get_expr(p.polqual, p.polrelid), '-'), COALESCE(pg_get_expr(p.polwithcheck, p.polrelid), '-'))
             FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid ORDER BY p.polname) AS policies,
       ARRAY(SELECT format('%s%s: %s', what.name, CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END,
                           string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type))
             FROM (SELECT '' AS name, COALESCE(c.relacl, acldefault('r', c.relowner)) AS acl
                   UNION ALL
                   SELECT attname || ' ', attacl FROM pg_catalog.pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL AND NOT attisdropped) AS what
             CROSS JOIN LATERAL aclexplode(what.acl) AS a
             GROUP BY what.name, a.grantee ORDER BY 1) AS grants,
       ARRAY(SELECT format('%s %s%s', k.conname, pg_get_constraintdef(k.oid), CASE WHEN k.convalidated THEN '' ELSE ' (not validated)' END)
             FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid ORDER BY k.conname) AS keys
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p')
ORDER BY 1;
