-- One column of a row, as text; NULL where the row isn't there.
-- $1 schema, $2 table, $3 column, $4 id
SELECT (xpath('/row/value/text()', query_to_xml(format('SELECT %I::text AS value FROM %I.%I WHERE id = %L', $3::text, $1::text, $2::text, $4::text), false, true, '')))[1]::text
