-- The statement that lists some tenants, as texts, of the table and column given.
-- $1 schema, $2 table, $3 column, $4 how many at most
SELECT format('(SELECT %1$I::text FROM %2$I.%3$I ORDER BY %1$I LIMIT %4$s) UNION (SELECT %1$I::text FROM %2$I.%3$I ORDER BY %1$I DESC LIMIT 1)', $3::text, $1::text, $2::text, $4::int)
