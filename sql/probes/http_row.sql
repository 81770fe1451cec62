-- What a tenant's row holds, as one number to compare; NULL where it isn't there. The row is named by its id, and by its tenant where the table has a
-- column for it: there another tenant may have a row of the same id.
-- $1 schema, $2 table, $3 the column of the tenant or NULL, $4 the tenant, $5 id
SELECT CASE WHEN found.xml LIKE '%<id>%' THEN md5(found.xml) END
FROM (SELECT query_to_xml(format('SELECT * FROM %I.%I WHERE id = %L AND %s', $1::text, $2::text, $5::text,
    CASE WHEN $3::text IS NULL THEN 'true' ELSE format('%I = %L', $3::text, $4::text) END), true, false, '')::text AS xml) AS found
