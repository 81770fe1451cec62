-- id: W03-all
-- channel: W03
-- scope: database
-- doc: the backend got ALL on all tables, and TRUNCATE with it
-- apply
GRANT ALL ON ALL TABLES IN SCHEMA public TO engarde_user;
