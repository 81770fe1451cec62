-- The search path that a session of a role begins with in this database.
-- $1 role
SELECT coalesce((
    SELECT substr(c.value, length('search_path=') + 1)
    FROM pg_catalog.pg_db_role_setting AS o
    CROSS JOIN LATERAL unnest(o.setconfig) AS c(value)
    WHERE c.value LIKE 'search\_path=%'
      AND (o.setrole = 0 OR o.setrole = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = $1::text))
      AND (o.setdatabase = 0 OR o.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()))
    ORDER BY o.setrole <> 0 AND o.setdatabase <> 0 DESC, o.setrole <> 0 DESC, o.setdatabase <> 0 DESC
    LIMIT 1), '"$user", public')
