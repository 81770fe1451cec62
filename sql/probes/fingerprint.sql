-- What an earlier client has left on this connection; no row on a clean one. $1: the parameter that says the tenant.
SELECT 'setting ' || name AS left_behind, setting AS detail
FROM pg_catalog.pg_settings
WHERE source = 'session' AND setting IS DISTINCT FROM reset_val
  -- The pooler itself carries these from client to client, and sets them anew for each; the mode of a transaction is the transaction's.
  AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'IntervalStyle', 'TimeZone', 'standard_conforming_strings', 'extra_float_digits',
                   'transaction_isolation', 'transaction_read_only', 'transaction_deferrable')
UNION ALL
SELECT 'tenant', pg_catalog.current_setting($1, true) WHERE coalesce(pg_catalog.current_setting($1, true), '') <> ''
UNION ALL
SELECT 'role', current_user::text WHERE current_user <> session_user
UNION ALL
SELECT 'prepared statement ' || name, statement FROM pg_catalog.pg_prepared_statements WHERE from_sql
UNION ALL
SELECT 'cursor ' || name, statement FROM pg_catalog.pg_cursors WHERE is_holdable
UNION ALL
SELECT 'listens', channel FROM pg_catalog.pg_listening_channels() AS channel
UNION ALL
SELECT 'advisory lock', classid || ' ' || objid FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid()
UNION ALL
SELECT 'temporary table ' || relname, relkind::text FROM pg_catalog.pg_class
WHERE relnamespace = pg_catalog.pg_my_temp_schema() AND relkind IN ('r', 'v', 'S', 'p', 'f')
ORDER BY 1
