-- Functions of the database's own that send notifications: name, body, the tables whose triggers call it, and the triggers' names.
-- A notification reaches every session of the database that listens, whatever its role.
SELECT p.oid::regprocedure::text, p.prosrc,
       coalesce(array_agg(n2.nspname || '.' || c.relname ORDER BY 1) FILTER (WHERE c.oid IS NOT NULL), '{}')::text[],
       coalesce(array_agg(format('DROP TRIGGER %I ON %s;', t.tgname, c.oid::regclass) ORDER BY 1) FILTER (WHERE c.oid IS NOT NULL), '{}')::text[]
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_trigger AS t ON t.tgfoid = p.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
LEFT JOIN pg_catalog.pg_namespace AS n2 ON n2.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  AND (p.prosrc ~* '\mpg_notify\M' OR p.prosrc ~* '\mnotify\M')
GROUP BY p.oid, p.prosrc
ORDER BY 1
