-- Where rows lie that were written since a transaction, with their ids and tenants, in a table whose key has an id of type uuid.
-- $1 schema, $2 table, $3 the column of the tenant or NULL, $4 that transaction's number
SELECT (xpath('/row/place/text()', found))[1]::text, (xpath('/row/id/text()', found))[1]::text, coalesce((xpath('/row/tenant/text()', found))[1]::text, '')
FROM unnest(xpath('/table/row', query_to_xml(format('SELECT ctid AS place, id, %s AS tenant FROM %I.%I WHERE pg_catalog.age(xmin) <= pg_catalog.age(%L::xid) LIMIT 10000',
    CASE WHEN $3::text IS NULL THEN 'NULL' ELSE quote_ident($3::text) END, $1::text, $2::text, $4::text), false, false, ''))) AS found
