-- channel: S13
-- severity: weakness
-- units: roles
-- doc: no role of the target looks names up where an application can put something of its own
WITH path AS (
    SELECT r.oid, r.rolname, s.place, btrim(s.entry, ' "') AS entry
    FROM pg_catalog.pg_roles AS r
    CROSS JOIN LATERAL (
        SELECT coalesce(
            (SELECT substr(c.value, 13) FROM pg_catalog.pg_db_role_setting AS o CROSS JOIN LATERAL unnest(o.setconfig) AS c(value)
             WHERE c.value LIKE 'search\_path=%' AND o.setrole IN (0, r.oid)
               AND o.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()))
             ORDER BY o.setrole <> 0 AND o.setdatabase <> 0 DESC, o.setrole <> 0 DESC, o.setdatabase <> 0 DESC LIMIT 1),
            '"$user", public') AS value) AS p
    CROSS JOIN LATERAL unnest(string_to_array(p.value, ',')) WITH ORDINALITY AS s(entry, place)
    WHERE r.rolname = ANY (CAST(:logins AS text[])) AND NOT r.rolsuper
)
SELECT path.entry,
       path.rolname::text,
       'the search path of ' || path.rolname || ' has ' || CASE WHEN path.entry = 'pg_temp' THEN 'the temporary schema' ELSE 'schema ' || path.entry END
           || ', where ' || CASE WHEN path.entry = 'pg_temp' THEN path.rolname || ' itself' ELSE w.rolname END || ' may make objects',
       'a table, function or operator put there stands for the real one in the statements of ' || path.rolname,
       format('ALTER ROLE %I SET search_path = %s; ALTER ROLE %I IN DATABASE %I RESET search_path;', path.rolname,
              coalesce((SELECT string_agg(quote_ident(o.entry), ', ' ORDER BY o.place) FROM path AS o
                        WHERE o.oid = path.oid AND o.entry <> path.entry AND o.entry <> '$user'), ''''''), path.rolname, current_database())
FROM path
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = CASE path.entry WHEN '$user' THEN path.rolname ELSE path.entry END
LEFT JOIN pg_catalog.pg_roles AS w ON w.rolname = ANY (CAST(:roles AS text[])) AND NOT w.rolsuper AND w.oid <> path.oid
    AND pg_catalog.has_schema_privilege(w.oid, n.oid, 'CREATE')
WHERE w.oid IS NOT NULL
   OR path.entry = 'pg_temp' AND pg_catalog.has_database_privilege(path.oid, current_database(), 'TEMPORARY')
ORDER BY 2, 1
