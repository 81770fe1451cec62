-- To which of the tables $2 (oids) role $1 may add triggers, and of which it has the rights of the owner.
SELECT c.oid,
       pg_catalog.has_table_privilege($1::name, c.oid, 'TRIGGER'),
       pg_catalog.pg_has_role($1::name, c.relowner, 'USAGE')
FROM pg_catalog.pg_class AS c
WHERE c.oid = ANY ($2::oid[])
