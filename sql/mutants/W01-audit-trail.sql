-- id: W01-audit-trail
-- channel: W01
-- scope: database
-- doc: entries of the audit trail can be made in another tenant's name
-- apply
ALTER POLICY tenant_isolation ON audit.cross_schema_access WITH CHECK (true);
