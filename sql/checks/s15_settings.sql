-- channel: S15
-- severity: weakness
-- units: roles
-- doc: no role and no database starts its sessions with a tenant, or with a setting that undoes row security
SELECT coalesce('role ' || r.rolname, 'all roles') || coalesce(' in database ' || d.datname, ''),
       coalesce(r.rolname::text, ''),
       'starts its sessions with ' || split_part(c.value, '=', 1) || ' set',
       CASE WHEN split_part(c.value, '=', 1) = CAST(:setting AS text) THEN 'a session that sets no tenant gets this one''s rows instead of none'
            WHEN lower(split_part(c.value, '=', 1)) LIKE '%preload_libraries' THEN 'code is loaded into each session'
            ELSE 'it changes who a session is, or what holds for it, before the application says a word' END,
       CASE WHEN s.setrole = 0 THEN format('ALTER DATABASE %I RESET %s;', d.datname, split_part(c.value, '=', 1))
            ELSE format('ALTER ROLE %I%s RESET %s;', r.rolname, coalesce(' IN DATABASE ' || quote_ident(d.datname), ''), split_part(c.value, '=', 1)) END
FROM pg_catalog.pg_db_role_setting AS s
CROSS JOIN LATERAL unnest(s.setconfig) AS c(value)
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
WHERE (s.setdatabase = 0 OR d.datname = current_database())
  AND (lower(split_part(c.value, '=', 1)) = lower(CAST(:setting AS text))
       OR lower(split_part(c.value, '=', 1)) LIKE lower(split_part(CAST(:setting AS text), '.', 1)) || '.%'
       OR lower(split_part(c.value, '=', 1)) IN ('row_security', 'role', 'session_authorization', 'session_replication_role', 'session_preload_libraries',
                                                 'local_preload_libraries', 'lo_compat_privileges', 'allow_system_table_mods', 'dynamic_library_path'))
ORDER BY 1, 3
