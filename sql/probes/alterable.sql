-- Whether role $1 may add triggers to table $2 (its oid), and whether it has the rights of the owner.
SELECT pg_catalog.has_table_privilege($1::name, $2::oid, 'TRIGGER'),
       pg_catalog.pg_has_role($1::name, c.relowner, 'USAGE')
FROM pg_catalog.pg_class AS c
WHERE c.oid = $2::oid
