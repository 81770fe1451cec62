-- The statement that reads one row of a tenant's whole, as JSON. The row is named as in http_row.sql.
-- $1 schema, $2 table, $3 the column of the tenant or NULL, $4 the tenant, $5 id
SELECT format('SELECT to_json(r)::text FROM %I.%I AS r WHERE r.id = %L AND %s', $1::text, $2::text, $5::text,
    CASE WHEN $3::text IS NULL THEN 'true' ELSE format('r.%I = %L', $3::text, $4::text) END)
