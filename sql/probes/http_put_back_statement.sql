-- The statements that put a row back as it was: what is there now goes, and the row comes from JSON, which is $1 of the second.
-- $1 schema, $2 table, $3 the column of the tenant or NULL, $4 the tenant, $5 id
SELECT format('DELETE FROM %I.%I AS r WHERE r.id = %L AND %s', $1::text, $2::text, $5::text,
           CASE WHEN $3::text IS NULL THEN 'true' ELSE format('r.%I = %L', $3::text, $4::text) END),
       format('INSERT INTO %I.%I SELECT * FROM json_populate_record(NULL::%1$I.%2$I, $1::json)', $1::text, $2::text)
