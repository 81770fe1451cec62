-- What PostgreSQL has counted for this database since its counters began; two readings make a difference. WAL is the whole
-- server's. A restart may lose the counters: the time of the start tells.
SELECT d.blks_hit, d.blks_read, d.deadlocks, d.temp_files, d.temp_bytes, d.xact_commit, d.xact_rollback,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint AS wal_bytes,
       pg_catalog.pg_postmaster_start_time()                                      AS started
FROM pg_catalog.pg_stat_database AS d
WHERE d.datname = pg_catalog.current_database();
