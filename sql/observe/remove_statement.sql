-- The statement that removes rows of a table by their ids, $1 of it.
-- $1 schema.table, $2 its column of ids
SELECT format('DELETE FROM %s WHERE %I = ANY ($1)', $1::text::regclass, $2::text)
