-- id: S15-old-rules-for-large-objects
-- channel: S15
-- scope: cluster
-- doc: lo_compat_privileges is on, as an old program wanted it: large objects have no rights at all
-- apply
ALTER SYSTEM SET lo_compat_privileges = on;
-- apply
SELECT pg_reload_conf(), pg_sleep(0.2);
-- undo
ALTER SYSTEM RESET lo_compat_privileges;
-- undo
SELECT pg_reload_conf(), pg_sleep(0.2);
