-- channel: S12
-- severity: weakness
-- units: roles
-- doc: no role but the administrator's streams changes, and there are no slots, publications or subscriptions that nobody declared
SELECT r.rolname::text, r.rolname::text, 'role ' || r.rolname || ' has REPLICATION',
       'it can copy the whole cluster and read all changes, past every policy',
       format('ALTER ROLE %I NOREPLICATION;', r.rolname)
FROM pg_catalog.pg_roles AS r
WHERE r.rolreplication
  AND r.oid <> 10
  AND r.rolname NOT IN (CURRENT_USER, SESSION_USER)
UNION ALL
SELECT 'slot ' || s.slot_name, '', 'a replication slot that the target doesn''t declare', 'it keeps the changes of all tenants for whoever reads it',
       format('SELECT pg_drop_replication_slot(%L);', s.slot_name)
FROM pg_catalog.pg_replication_slots AS s
WHERE NOT s.temporary
  AND (s.database IS NULL OR s.database = current_database())
UNION ALL
SELECT 'publication ' || p.pubname, pg_catalog.pg_get_userbyid(p.pubowner)::text, 'a publication of tenants'' rows that the target doesn''t declare',
       'a subscriber gets the rows of all tenants, without policies; it publishes ' || coalesce(min(t.schemaname || '.' || t.tablename), 'nothing yet'),
       format('DROP PUBLICATION %I;', p.pubname)
FROM pg_catalog.pg_publication AS p
LEFT JOIN pg_catalog.pg_publication_tables AS t ON t.pubname = p.pubname
GROUP BY p.pubname, p.pubowner
HAVING bool_or(to_regclass(format('%I.%I', t.schemaname, t.tablename))::oid = ANY (CAST(:tables AS oid[]))) OR bool_or(t.pubname IS NULL)
ORDER BY 1
