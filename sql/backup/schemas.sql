-- The schemas of a database that are not PostgreSQL's own.
SELECT nspname::text AS schema_name
FROM pg_catalog.pg_namespace
WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
ORDER BY 1;
