-- channel: W05
-- severity: weakness
-- units: tables
-- doc: foreign keys between tenants' tables carry the tenant
SELECT n.nspname || '.' || c.relname,
       string_agg(DISTINCT r.rolname, ', '),
       'foreign key ' || k.conname || ' to ' || k.confrelid::regclass || ' has no tenant in it, and ' || string_agg(DISTINCT r.rolname, ', ') || ' writes the table',
       'a write tells whether another tenant''s row exists, and a row may hang on one'
           || CASE k.confdeltype WHEN 'c' THEN '; the cascade crosses tenants' WHEN 'a' THEN ', and keep it from being deleted' WHEN 'r' THEN ', and keep it from being deleted' ELSE '' END,
       format('ALTER TABLE %I.%I DROP CONSTRAINT %I;', n.nspname, c.relname, k.conname)
           || CASE WHEN child.tenant <> '' AND parent.tenant <> '' THEN format(' ALTER TABLE %s ADD UNIQUE (%I, %s);', k.confrelid::regclass, parent.tenant,
                  (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY AS u(num, place) JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.num))
                  || format(' ALTER TABLE %I.%I ADD FOREIGN KEY (%I, %s) REFERENCES %s (%I, %s);', n.nspname, c.relname, child.tenant,
                  (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY AS u(num, place) JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.num),
                  k.confrelid::regclass, parent.tenant,
                  (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY AS u(num, place) JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.num)) ELSE '' END
FROM pg_catalog.pg_constraint AS k
JOIN unnest(CAST(:tables AS oid[]), CAST(:tenant_columns AS text[]), CAST(:ways AS text[])) AS child(oid, tenant, way) ON child.oid = k.conrelid
JOIN unnest(CAST(:tables AS oid[]), CAST(:tenant_columns AS text[])) AS parent(oid, tenant) ON parent.oid = k.confrelid
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (CAST(:roles AS text[])) AND NOT r.rolsuper
WHERE k.contype = 'f'
  AND k.conparentid = 0
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND pg_catalog.has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE')
  AND r.rolname || ' ' || c.oid <> ALL (CAST(:excepted AS text[]))
  -- Of a child with a tenant column the key must carry it. Another child belongs to whom its way leads to: that way is no hole.
  AND CASE WHEN child.tenant <> '' THEN NOT EXISTS (
               SELECT FROM unnest(k.conkey, k.confkey) AS u(num, refnum)
               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.num
               JOIN pg_catalog.pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.refnum
               WHERE a.attname = child.tenant AND (parent.tenant = '' OR b.attname = parent.tenant))
           ELSE NOT EXISTS (
               SELECT FROM unnest(k.conkey) AS u(num)
               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.num
               WHERE position('t.' || quote_ident(a.attname) IN child.way) > 0 OR position('t."' || a.attname || '"' IN child.way) > 0) END
GROUP BY n.nspname, c.relname, k.oid, k.conname, k.conrelid, k.confrelid, k.conkey, k.confkey, k.confdeltype, child.tenant, parent.tenant
ORDER BY 1, k.conname
