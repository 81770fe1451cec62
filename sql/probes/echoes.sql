-- Tables whose triggers change a row before it is updated, with a column that the role $1 may update: what it gets back of its own rows then
-- is the trigger's word, which may know more than the tenant.
SELECT n.nspname, c.relname, min(a.attname::text)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a'
WHERE c.relkind IN ('r', 'p')
  AND has_column_privilege($1, c.oid, a.attnum, 'UPDATE')
  AND has_column_privilege($1, c.oid, a.attnum, 'SELECT')
  AND EXISTS (SELECT FROM pg_trigger AS t
              WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
                AND t.tgtype & 1 = 1    -- for each row
                AND t.tgtype & 2 = 2    -- before
                AND t.tgtype & 16 = 16) -- update
GROUP BY n.nspname, c.relname
ORDER BY n.nspname, c.relname;
