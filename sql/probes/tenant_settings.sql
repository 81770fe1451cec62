-- Roles and databases that start sessions of role $2 in this database with parameter $1 set: the value, and the statement that takes it away.
SELECT substr(c.value, length($1::text) + 2),
       CASE WHEN s.setrole = 0 THEN format('ALTER DATABASE %I RESET %s;', d.datname, $1::text)
            ELSE format('ALTER ROLE %I%s RESET %s;', r.rolname, coalesce(' IN DATABASE ' || quote_ident(d.datname), ''), $1::text) END
FROM pg_catalog.pg_db_role_setting AS s
CROSS JOIN LATERAL unnest(s.setconfig) AS c(value)
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
WHERE lower(split_part(c.value, '=', 1)) = lower($1::text)
  AND (s.setrole = 0 OR r.rolname = $2::text) AND (s.setdatabase = 0 OR d.datname = current_database())
ORDER BY 2
