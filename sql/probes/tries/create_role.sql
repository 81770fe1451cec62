-- channel: S03
-- expect: refused 42501
-- what: makes roles
-- mend: ALTER ROLE {role} NOCREATEROLE;
CREATE ROLE bulkhead_try
