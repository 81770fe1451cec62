-- channel: S09
-- severity: weakness
-- units: functions
-- doc: no function but the system's own is LEAKPROOF
-- A leakproof function in a condition runs before the policy, on rows of all tenants. Those of the system that were made leakproof
-- after the cluster are known by their row's age.
SELECT p.oid::regprocedure::text,
       pg_catalog.pg_get_userbyid(p.proowner)::text,
       'is LEAKPROOF, and was not so from the beginning',
       'a condition with it, or with an operator made of it, is given rows of all tenants before their policy is asked',
       format('ALTER FUNCTION %s NOT LEAKPROOF;', p.oid::regprocedure)
FROM pg_catalog.pg_proc AS p
WHERE p.proleakproof
  AND (p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
       OR p.oid < 16384 AND age(p.xmin) < (SELECT age(d.datfrozenxid) FROM pg_catalog.pg_database AS d WHERE d.datname = 'template0'))
ORDER BY 1
