-- channel: S11
-- severity: weakness
-- units: relations
-- doc: no application reaches another server, or files, by way of foreign tables, servers and user mappings
SELECT n.nspname || '.' || c.relname,
       r.rolname::text,
       r.rolname || ' may use this foreign table',
       'policies don''t hold on what another server or a file answers',
       format('REVOKE ALL ON %I.%I FROM PUBLIC, %I;', n.nspname, c.relname, r.rolname)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (CAST(:roles AS text[])) AND NOT r.rolsuper
WHERE c.relkind = 'f'
  AND pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')
UNION ALL
SELECT s.srvname::text, r.rolname::text, r.rolname || ' may use this foreign server', 'it can be asked with the rights of a mapped user',
       format('REVOKE USAGE ON FOREIGN SERVER %I FROM PUBLIC, %I;', s.srvname, r.rolname)
FROM pg_catalog.pg_foreign_server AS s
JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (CAST(:roles AS text[])) AND NOT r.rolsuper
WHERE pg_catalog.has_server_privilege(r.oid, s.oid, 'USAGE')
UNION ALL
SELECT m.srvname::text, CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE m.usename::text END,
       'foreign server with a user mapping for ' || CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE m.usename END,
       'whoever uses it acts there as the mapped user',
       format('DROP USER MAPPING FOR %s SERVER %I;', CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END, m.srvname)
FROM pg_catalog.pg_user_mappings AS m
WHERE m.umuser = 0 OR m.usename = ANY (CAST(:roles AS text[]))
UNION ALL
SELECT w.fdwname::text, r.rolname::text, r.rolname || ' may make servers with this foreign-data wrapper', 'it reaches any server or file that PostgreSQL can',
       format('REVOKE USAGE ON FOREIGN DATA WRAPPER %I FROM PUBLIC, %I;', w.fdwname, r.rolname)
FROM pg_catalog.pg_foreign_data_wrapper AS w
JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (CAST(:roles AS text[])) AND NOT r.rolsuper
WHERE pg_catalog.has_foreign_data_wrapper_privilege(r.oid, w.oid, 'USAGE')
ORDER BY 1, 2
