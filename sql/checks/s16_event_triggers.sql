-- channel: S16
-- severity: weakness
-- units: database
-- doc: no event trigger runs beside what is done to the schema
SELECT 'event trigger ' || e.evtname,
       pg_catalog.pg_get_userbyid(e.evtowner)::text,
       'runs ' || e.evtfoid::regprocedure || ' at ' || e.evtevent,
       'its function runs with the rights of whoever changes the schema, the administrator among them',
       format('DROP EVENT TRIGGER %I;', e.evtname)
FROM pg_catalog.pg_event_trigger AS e
WHERE e.evtenabled <> 'D'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')
ORDER BY 1
