-- channel: W06
-- expect: refused 42501
-- what: reads values of all tenants in pg_statistic
-- mend: REVOKE SELECT ON pg_catalog.pg_statistic FROM PUBLIC, {role};
SELECT count(*) FROM pg_catalog.pg_statistic
