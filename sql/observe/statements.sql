-- What the statements of the applications in this database have come to; two readings make a difference. The schema of the extension
-- is observe (sql/bootstrap/hardened/database.sql).
SELECT s.queryid, r.rolname::text AS role, s.query, s.calls, s.total_exec_time AS total_ms, s.rows, s.shared_blks_hit, s.shared_blks_read
FROM observe.pg_stat_statements AS s
JOIN pg_catalog.pg_roles AS r ON r.oid = s.userid
WHERE s.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  AND s.queryid IS NOT NULL AND NOT r.rolsuper;
