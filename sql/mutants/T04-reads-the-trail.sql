-- id: T04-reads-the-trail
-- channel: T04
-- scope: database
-- doc: the backend may read the audit trail, of all tenants
-- apply
GRANT SELECT ON audit.cross_schema_access TO engarde_user;
CREATE POLICY show_trail ON audit.cross_schema_access FOR SELECT TO engarde_user USING (true);
