-- The roles other than $1 that one could become, and the schemas of the database's own.
SELECT ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname <> $1::text ORDER BY 1),
       ARRAY(SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1)
