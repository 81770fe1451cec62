-- channel: S03
-- expect: refused 42501
-- what: reads the roles' passwords in pg_authid
-- mend: REVOKE SELECT ON pg_catalog.pg_authid FROM PUBLIC, {role};
SELECT count(rolpassword) FROM pg_catalog.pg_authid
