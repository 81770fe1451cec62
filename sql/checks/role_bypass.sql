-- Does a role pass by row-level security altogether?
-- $1 role
SELECT r.rolsuper, r.rolbypassrls
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = $1
