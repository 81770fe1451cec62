-- channel: S11
-- severity: weakness
-- units: database
-- doc: no language that reaches the server's files and programs passes for a trusted one
SELECT l.lanname::text,
       '',
       'language ' || l.lanname || CASE WHEN l.lanpltrusted THEN ' is marked as trusted' ELSE ' may be used by applications' END,
       'functions in it do what the server''s operating-system user can do',
       CASE WHEN l.lanpltrusted THEN format('UPDATE pg_catalog.pg_language SET lanpltrusted = false WHERE lanname = %L;', l.lanname)
            ELSE format('REVOKE USAGE ON LANGUAGE %I FROM PUBLIC;', l.lanname) END
FROM pg_catalog.pg_language AS l
WHERE (l.lanpltrusted AND l.lanispl AND l.lanname ~ '(u|untrusted|sh)$' AND l.lanname NOT IN ('plsql')
       OR l.lanpltrusted AND l.lanname IN ('c', 'internal')
       OR NOT l.lanpltrusted AND EXISTS (SELECT FROM aclexplode(l.lanacl) AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
                                         WHERE r.rolname = ANY (CAST(:roles AS text[]))))
ORDER BY 1
