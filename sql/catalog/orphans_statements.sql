-- For each foreign key of $1, tables (schema.table) or whole schemas, the statement that counts the rows whose reference leads nowhere.
-- A reference with a NULL in it refers to nothing and is none (MATCH SIMPLE).
SELECT n.nspname || '.' || c.relname AS table_name,
       k.conname::text               AS key_name,
       format('SELECT count(*) FROM %s AS child WHERE %s AND NOT EXISTS (SELECT FROM %s AS parent WHERE %s)',
              k.conrelid::regclass,
              string_agg(format('child.%I IS NOT NULL', mine.attname), ' AND '),
              k.confrelid::regclass,
              string_agg(format('parent.%I = child.%I', theirs.attname, mine.attname), ' AND ')) AS statement
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair (mine, theirs)
JOIN pg_catalog.pg_attribute AS mine ON mine.attrelid = k.conrelid AND mine.attnum = pair.mine
JOIN pg_catalog.pg_attribute AS theirs ON theirs.attrelid = k.confrelid AND theirs.attnum = pair.theirs
WHERE (n.nspname || '.' || c.relname = ANY ($1::text[]) OR n.nspname = ANY ($1::text[])) AND k.contype = 'f' AND k.conparentid = 0
GROUP BY 1, 2, k.conrelid, k.confrelid
ORDER BY 1, 2;
