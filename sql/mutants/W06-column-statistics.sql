-- id: W06-column-statistics
-- channel: W06
-- scope: database
-- doc: the statistics of columns opened for a page about slow queries: they quote the commonest values of every tenant
-- apply
GRANT SELECT ON pg_catalog.pg_statistic TO engarde_user;
