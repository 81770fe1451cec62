-- Ends the backends of roles $1 in this database and tells how many there were.
SELECT count(pg_catalog.pg_terminate_backend(a.pid))
FROM pg_catalog.pg_stat_activity AS a
WHERE a.datname = pg_catalog.current_database() AND a.usename = ANY ($1::text[]) AND a.backend_type = 'client backend'
  AND a.pid <> pg_catalog.pg_backend_pid();
