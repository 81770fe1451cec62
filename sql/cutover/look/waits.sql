-- Whether connection $1 waits for a lock on table $2.
SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE pid = $1 AND NOT granted AND relation = $2::regclass);
