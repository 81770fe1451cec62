-- The policies of these tables, with what they say and which columns and other relations they read. Names are written out, because the search
-- path is empty.
-- $1 oids of tables
SELECT p.polrelid,
       p.polname::text,
       p.polcmd::text,
       p.polpermissive,
       ARRAY(SELECT CASE WHEN m.oid = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(m.oid)::text END FROM unnest(p.polroles) AS m(oid)),
       coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), ''),
       coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ''),
       ARRAY(SELECT DISTINCT a.attname::text FROM pg_catalog.pg_depend AS d
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
             WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
               AND d.refobjid = p.polrelid AND d.refobjsubid > 0),
       ARRAY(SELECT d.refobjid || ' ' || string_agg(a.attname::text, ' ') FROM pg_catalog.pg_depend AS d
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
             WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
               AND d.refobjid <> p.polrelid AND d.refobjsubid > 0
             GROUP BY d.refobjid)
FROM pg_catalog.pg_policy AS p
WHERE p.polrelid = ANY ($1::oid[])
ORDER BY p.polrelid, p.polname
