-- id: S02-reporting-login
-- channel: S02
-- scope: cluster
-- doc: a login for dashboards, beyond row security, that nobody wrote down
-- apply
CREATE ROLE dashboards_reader LOGIN BYPASSRLS;
GRANT USAGE ON SCHEMA public TO dashboards_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO dashboards_reader;
-- undo
DROP OWNED BY dashboards_reader;
DROP ROLE IF EXISTS dashboards_reader;
