-- The ids of rows that were written since a transaction, in a table whose key is an id of type uuid.
-- $1 schema, $2 table, $3 that transaction's number
SELECT unnest(xpath('/table/row/id/text()', query_to_xml(format(
    'SELECT id FROM %I.%I WHERE pg_catalog.age(xmin) <= pg_catalog.age(%L::xid) LIMIT 10000', $1::text, $2::text, $3::text), false, false, '')))::text
