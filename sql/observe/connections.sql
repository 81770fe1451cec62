-- Connections of clients now, those at work among them, and how many there may be. The one that asks is counted: it takes a place.
SELECT count(*)                                          AS connections,
       count(*) FILTER (WHERE a.state <> 'idle')          AS busy,
       pg_catalog.current_setting('max_connections')::int AS most
FROM pg_catalog.pg_stat_activity AS a
WHERE a.backend_type = 'client backend';
