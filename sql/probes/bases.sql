-- What views and materialized views read, by way of others too: view, relation.
WITH RECURSIVE reads AS (
    SELECT w.ev_class AS view, d.refobjid AS relation
    FROM pg_catalog.pg_rewrite AS w
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
    UNION
    SELECT r.view, d.refobjid
    FROM reads AS r
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = r.relation
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
)
SELECT DISTINCT view, relation FROM reads
