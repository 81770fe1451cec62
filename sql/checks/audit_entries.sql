-- How many entries of the audit trail each operation has made since a moment.
-- $1 moment
SELECT operation, count(*)
FROM audit.cross_schema_access
WHERE at >= $1
GROUP BY operation
