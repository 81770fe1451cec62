-- Which of some rows a snapshot of the past holds, by their ids.
-- $1 schema, $2 table, $3 the ids as an array's text: {a,b}
SELECT unnest(xpath('/table/row/id/text()', query_to_xml(format('SELECT id FROM %I.%I WHERE id = ANY (%L::uuid[])', $1::text, $2::text, $3::text), false, false, '')))::text
