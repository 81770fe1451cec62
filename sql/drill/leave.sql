-- Ends every other session of the database $1: only an idle database can be copied, or dropped.
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid();
