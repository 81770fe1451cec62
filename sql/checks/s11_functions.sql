-- channel: S11
-- severity: weakness
-- units: functions
-- doc: no application may call functions that open connections, files or programs, or are written in an untrusted language
SELECT coalesce(f.extension, f.signature),
       f.role,
       f.role || ' may call ' || min(f.signature) || CASE WHEN count(*) > 1 THEN ' and ' || count(*) - 1 || ' more' ELSE '' END
           || coalesce(' of the extension ' || f.extension, ', written in ' || min(f.language)),
       'it reaches files, programs or servers with the rights of the server, past every policy',
       string_agg(format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC, %I;', f.signature, f.role), ' ' ORDER BY f.signature)
FROM (
    SELECT e.extname::text AS extension, p.oid::regprocedure::text AS signature, r.rolname::text AS role, l.lanname::text AS language
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
    JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (CAST(:roles AS text[])) AND NOT r.rolsuper
    LEFT JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        AND d.refclassid = 'pg_catalog.pg_extension'::regclass
    LEFT JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
    WHERE p.oid >= 16384
      AND pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
      AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
      AND p.prorettype <> ALL (ARRAY['language_handler', 'fdw_handler', 'trigger']::regtype[])
      AND (e.extname IN ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'pageinspect', 'pg_walinspect', 'pg_surgery', 'pg_cron', 'plsh')
           OR e.oid IS NULL AND (NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c', 'sql') OR l.lanname IN ('c', 'internal')))
) AS f
GROUP BY f.extension, f.role, CASE WHEN f.extension IS NULL THEN f.signature END, coalesce(f.extension, f.signature)
ORDER BY 1, 2
