-- Is row-level security on for a table, and does its owner obey it?
-- $1 table
SELECT c.relrowsecurity, c.relforcerowsecurity
FROM pg_catalog.pg_class AS c
WHERE c.oid = to_regclass($1)
