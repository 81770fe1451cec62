-- channel: S15
-- severity: weakness
-- units: database
-- doc: the server's configuration sets no tenant for everybody, and nothing that undoes row security or rights
SELECT CAST(:setting AS text), '', 'the server''s configuration gives every session a tenant',
       'a session that sets none gets this one''s rows instead of none',
       format('ALTER SYSTEM RESET %s; SELECT pg_reload_conf();', CAST(:setting AS text))
FROM pg_catalog.pg_file_settings AS f
WHERE lower(f.name) = lower(CAST(:setting AS text))
UNION ALL
SELECT s.name, '', 'is ' || s.setting || ' for the whole server', w.why, format('ALTER SYSTEM RESET %I; SELECT pg_reload_conf();', s.name)
FROM pg_catalog.pg_settings AS s
JOIN (VALUES
    ('row_security', 'off', 'statements fail rather than being filtered, and whoever may bypass does'),
    ('session_replication_role', 'replica', 'triggers and foreign keys don''t hold'),
    ('lo_compat_privileges', 'on', 'everybody reads and changes all large objects'),
    ('allow_system_table_mods', 'on', 'the catalog can be changed by hand')
) AS w(name, bad, why) ON w.name = s.name AND s.reset_val = w.bad
ORDER BY 1
