-- What belongs to the database itself, by name: who may connect, and what is set for it alone. A dump of one database brings
-- it to nowhere but a database of the same name that it makes itself (pg_dump and pg_restore --create).
SELECT 'owner of the database' AS name, pg_get_userbyid(datdba)::text AS description
FROM pg_catalog.pg_database WHERE datname = current_database()
UNION ALL
SELECT 'rights on the database of ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END,
       string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY a.privilege_type)
FROM pg_catalog.pg_database AS d
CROSS JOIN LATERAL aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) AS a
WHERE d.datname = current_database()
GROUP BY a.grantee
UNION ALL
SELECT 'setting in the database of ' || CASE s.setrole WHEN 0 THEN 'all roles' ELSE pg_get_userbyid(s.setrole) END || ': ' || split_part(one.setting, '=', 1),
       substr(one.setting, strpos(one.setting, '=') + 1)
FROM pg_catalog.pg_db_role_setting AS s
JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
CROSS JOIN LATERAL unnest(s.setconfig) AS one (setting)
WHERE d.datname = current_database()
ORDER BY 1;
