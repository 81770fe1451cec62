-- id: S04-reporting-schema
-- channel: S04
-- scope: database
-- doc: a schema for reports holds a copy of the deals, opened to the backend as a whole
-- apply
CREATE SCHEMA reporting;
CREATE TABLE reporting.deals AS SELECT * FROM public.deals;
GRANT USAGE ON SCHEMA reporting TO engarde_user;
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO engarde_user;
