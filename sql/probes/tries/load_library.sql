-- channel: S11
-- expect: refused 42501
-- what: loads libraries into the server
-- mend: ALTER ROLE {role} NOSUPERUSER;
LOAD '$libdir/plpgsql'
