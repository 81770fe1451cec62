-- The audit schema of the design: owned by the administrator, both applications may read and add.
BEGIN;

CREATE TABLE IF NOT EXISTS audit.cross_schema_access (
    id            uuid        NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    tenant_id     uuid        NOT NULL,
    at            timestamptz NOT NULL DEFAULT now(),
    role_name     name        NOT NULL DEFAULT current_user,
    operation     text        NOT NULL,
    source_schema text        NOT NULL,
    target_schema text        NOT NULL
);
CREATE INDEX IF NOT EXISTS cross_schema_access_at ON audit.cross_schema_access USING brin (at);

GRANT SELECT, INSERT ON audit.cross_schema_access TO engarde_user, langflow_app;
GRANT SELECT ON audit.cross_schema_access TO audit_user;

COMMIT;
