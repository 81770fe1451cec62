-- The record of accesses from one application's schema to the other's. Write-only for the
-- applications: they can add an entry for the tenant they act for, and can neither read,
-- change nor remove one. No foreign key to public.tenants: entries outlive the tenant.
BEGIN;

CREATE TABLE IF NOT EXISTS audit.cross_schema_access (
    id            uuid        NOT NULL DEFAULT gen_random_uuid(),
    tenant_id     uuid        NOT NULL,
    at            timestamptz NOT NULL DEFAULT now(),
    role_name     name        NOT NULL DEFAULT current_user,
    operation     text        NOT NULL,
    source_schema text        NOT NULL,
    target_schema text        NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
-- Entries arrive in the order of time, so a block range index finds a span of time at
-- almost no cost to the writer.
CREATE INDEX IF NOT EXISTS cross_schema_access_at ON audit.cross_schema_access USING brin (at);

ALTER TABLE audit.cross_schema_access OWNER TO CURRENT_USER;
ALTER TABLE audit.cross_schema_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.cross_schema_access FORCE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS tenant_isolation ON audit.cross_schema_access;
CREATE POLICY tenant_isolation ON audit.cross_schema_access
    FOR INSERT TO engarde_user, langflow_app
    WITH CHECK (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid);

-- An entry tells who wrote it and when; neither is the writer's to choose. Restrictive, so it
-- narrows whatever permissive policies allow.
DROP POLICY IF EXISTS truthful_entry ON audit.cross_schema_access;
CREATE POLICY truthful_entry ON audit.cross_schema_access
    AS RESTRICTIVE FOR INSERT TO engarde_user, langflow_app
    WITH CHECK (role_name = current_user AND at = now());

DROP POLICY IF EXISTS audit_read ON audit.cross_schema_access;
CREATE POLICY audit_read ON audit.cross_schema_access
    FOR SELECT TO audit_user
    USING (true);

REVOKE ALL ON audit.cross_schema_access FROM PUBLIC, engarde_owner, engarde_migrator, engarde_user, langflow_app, audit_user;
GRANT INSERT ON audit.cross_schema_access TO engarde_user, langflow_app;
GRANT SELECT ON audit.cross_schema_access TO audit_user;

COMMENT ON TABLE audit.cross_schema_access IS 'one row for each operation that crossed schemas, written in that operation''s transaction';

COMMIT;
