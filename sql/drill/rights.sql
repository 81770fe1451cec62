-- The statements that give the database $2 the rights and settings of the database $1, which a copy of it is made without: one a row, put
-- together by the server so that names are quoted by the one who reads them.
WITH origin AS (SELECT oid, datacl, datdba FROM pg_database WHERE datname = $1),
granted AS (
    SELECT a.grantee, string_agg(a.privilege_type, ', ') AS may
    FROM origin AS o CROSS JOIN LATERAL aclexplode(COALESCE(o.datacl, acldefault('d', o.datdba))) AS a
    GROUP BY a.grantee
)
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $2::text)
UNION ALL
SELECT format('GRANT %s ON DATABASE %I TO %s', g.may, $2::text, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END)
FROM granted AS g
UNION ALL
SELECT format('ALTER %s SET %I TO %s',
              CASE s.setrole WHEN 0 THEN format('DATABASE %I', $2::text) ELSE format('ROLE %I IN DATABASE %I', pg_get_userbyid(s.setrole), $2::text) END,
              part.name,
              -- A list is kept as it was written, its names quoted already.
              CASE WHEN part.name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
                   THEN part.value ELSE quote_literal(part.value) END)
FROM origin AS o
JOIN pg_db_role_setting AS s ON s.setdatabase = o.oid
CROSS JOIN LATERAL unnest(s.setconfig) AS one (setting)
CROSS JOIN LATERAL (SELECT split_part(one.setting, '=', 1) AS name, substr(one.setting, strpos(one.setting, '=') + 1) AS value) AS part;
