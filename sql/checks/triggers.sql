-- Triggers and rules of these tables, but for those that keep foreign keys and views.
-- $1 oids of tables
SELECT 'trigger', t.tgrelid, t.tgname::text, t.tgfoid, ''::text
FROM pg_catalog.pg_trigger AS t
WHERE t.tgrelid = ANY ($1::oid[])
  AND NOT t.tgisinternal
  AND t.tgenabled <> 'D'
UNION ALL
SELECT 'rule', r.ev_class, r.rulename::text, 0, pg_catalog.pg_get_ruledef(r.oid)
FROM pg_catalog.pg_rewrite AS r
WHERE r.ev_class = ANY ($1::oid[])
  AND r.ev_enabled <> 'D'
ORDER BY 2, 3
