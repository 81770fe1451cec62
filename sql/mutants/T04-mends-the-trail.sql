-- id: T04-mends-the-trail
-- channel: T04
-- scope: database
-- doc: Langflow's role may change and remove its entries of the audit trail
-- apply
GRANT SELECT, UPDATE, DELETE ON audit.cross_schema_access TO langflow_app;
