-- Functions that set parameter $1, by the text of their bodies: the name as in ALTER FUNCTION, and the whole definition.
SELECT p.oid::regprocedure::text, pg_catalog.pg_get_functiondef(p.oid)
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prokind IN ('f', 'p')
  AND (pg_catalog.pg_get_functiondef(p.oid) ~* 'set_config' OR p.prosrc ~* '\mset\M') AND position(lower($1::text) IN lower(p.prosrc)) > 0
ORDER BY 1
