-- id: W06-statements-of-others
-- channel: W06
-- scope: database
-- doc: the view of statements was opened to the backend
-- apply
GRANT USAGE ON SCHEMA observe TO engarde_user;
GRANT SELECT ON observe.pg_stat_statements TO engarde_user;
