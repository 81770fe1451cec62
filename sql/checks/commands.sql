-- What each role may do with each of these tables, or with some columns of them.
-- $1 roles, $2 oids of tables
SELECT r.rolname::text,
       c.oid,
       pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT'),
       pg_catalog.has_any_column_privilege(r.oid, c.oid, 'INSERT'),
       pg_catalog.has_any_column_privilege(r.oid, c.oid, 'UPDATE'),
       pg_catalog.has_table_privilege(r.oid, c.oid, 'DELETE')
FROM pg_catalog.pg_roles AS r
CROSS JOIN pg_catalog.pg_class AS c
WHERE r.rolname = ANY ($1::text[])
  AND c.oid = ANY ($2::oid[])
  AND pg_catalog.has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
