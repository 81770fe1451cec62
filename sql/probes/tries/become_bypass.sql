-- channel: S03
-- expect: refused 42501
-- what: gives itself BYPASSRLS
-- mend: ALTER ROLE {role} NOSUPERUSER NOCREATEROLE;
ALTER ROLE CURRENT_USER BYPASSRLS
