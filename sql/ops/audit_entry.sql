-- The entry that every operation leaves in its own transaction. No RETURNING: the applications may write here and not read.
-- $1 id of the request, $2 tenant, $3 operation, $4 schema it works from, $5 schema it reaches into
INSERT INTO audit.cross_schema_access (id, tenant_id, operation, source_schema, target_schema)
VALUES ($1, $2, $3, $4, $5)
