-- The statement that lists the ids of a table's rows.
-- $1 schema.table, $2 its column of ids
SELECT format('SELECT %I FROM %s', $2::text, $1::text::regclass)
