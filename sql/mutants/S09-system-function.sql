-- id: S09-system-function
-- channel: S09
-- scope: database
-- doc: a division of the system's was declared LEAKPROOF, after a tip for slow queries: its error tells where a value is zero
-- apply
ALTER FUNCTION pg_catalog.numeric_div(numeric, numeric) LEAKPROOF COST 0.0000001;
