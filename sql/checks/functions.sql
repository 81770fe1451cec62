-- The functions and procedures that are not the system's: what they are written in, as whom they run, what they say, who of these roles may
-- call them.
-- $1 roles
SELECT p.oid,
       n.nspname::text,
       p.proname::text,
       p.oid::regprocedure::text,
       l.lanname::text,
       p.prosecdef,
       pg_catalog.pg_get_userbyid(p.proowner)::text,
       coalesce(p.proconfig, '{}'),
       coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc),
       p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype),
       p.provolatile = 'v',
       ARRAY(SELECT r.rolname::text FROM pg_catalog.pg_roles AS r
             WHERE r.rolname = ANY ($1::text[])
               AND pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
               AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
             ORDER BY 1),
       pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE')
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND p.prokind IN ('f', 'p')
ORDER BY 2, 4
