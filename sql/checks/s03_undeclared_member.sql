-- channel: S03
-- severity: weakness
-- units: roles
-- doc: nobody else logs in who may become a role of the target, or has a role that reads or writes everything
SELECT DISTINCT g.rolname::text,
       r.rolname::text,
       'role ' || r.rolname || ', which the target doesn''t declare, logs in and may become ' || g.rolname,
       'it has all that ' || g.rolname || ' has',
       format('REVOKE %I FROM %I;', g.rolname, r.rolname)
FROM pg_catalog.pg_roles AS r
JOIN pg_catalog.pg_roles AS g ON g.oid <> r.oid AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
WHERE r.rolcanlogin
  AND NOT r.rolsuper
  AND r.rolname <> ALL (CAST(:all_roles AS text[]))
  AND r.rolname NOT IN (CURRENT_USER, SESSION_USER)
  AND (g.rolname = ANY (CAST(:all_roles AS text[])) OR g.rolsuper OR g.rolbypassrls
       OR g.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))
ORDER BY 2, 1
