-- What checks need to know of the roles: who bypasses row security, and who has the rights of whom.
SELECT r.rolname::text,
       r.rolsuper,
       r.rolsuper OR r.rolbypassrls,
       r.rolcanlogin,
       ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_roles AS g WHERE pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE') AND NOT r.rolsuper)
FROM pg_catalog.pg_roles AS r
WHERE r.rolname !~ '^pg_'
