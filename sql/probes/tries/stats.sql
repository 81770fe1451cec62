-- channel: W06
-- expect: no foreign rows
-- what: finds other tenants' values in the planner's statistics
-- mend: REVOKE SELECT ON pg_catalog.pg_stats FROM PUBLIC, {role};
SELECT schemaname, tablename, attname, most_common_vals::text, histogram_bounds::text FROM pg_catalog.pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
