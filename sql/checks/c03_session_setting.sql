-- channel: C03
-- severity: weakness
-- units: functions
-- doc: no function sets the tenant for longer than the transaction: through a transaction pooler it would reach the next client
SELECT p.oid::regprocedure::text,
       '',
       'sets the tenant for the session, not for the transaction',
       'through transaction pooling it reaches the next client of the connection',
       regexp_replace(regexp_replace(pg_catalog.pg_get_functiondef(p.oid),
           '(set_config\s*\(\s*''' || replace(CAST(:setting AS text), '.', '\.') || '''(?:::text)?\s*,.*),\s*(?:false|''f''|''false'')\s*\)', '\1, true)', 'gi'),
           '\mset\s+(?:session\s+)?(' || replace(CAST(:setting AS text), '.', '\.') || '\s*(?:=|to))', 'SET LOCAL \1', 'gi') || ';'
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND p.prokind IN ('f', 'p')
  AND (coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)
           ~* ('set_config\s*\(\s*''' || replace(CAST(:setting AS text), '.', '\.') || '''(::text)?\s*,.*,\s*(false|''f''|''false'')\s*\)')
       OR coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) ~* ('\mset\s+(session\s+)?' || replace(CAST(:setting AS text), '.', '\.') || '\s*(=|to)'))
ORDER BY 1
