-- Every column that a row can be given a value for, of the tables of schemas $1, in the order of the table.
-- "length" is the limit of varchar and char, "precision" and "scale" those of numeric; NULL where there is none.
SELECT n.nspname || '.' || c.relname                                  AS table_name,
       a.attname::text                                                AS column_name,
       CASE WHEN t.typtype = 'e' THEN 'enum' ELSE t.typname::text END AS type_name,
       CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4
            THEN a.atttypmod - 4 END                                  AS length,
       CASE WHEN t.typname = 'numeric' AND a.atttypmod > 4
            THEN (a.atttypmod - 4) >> 16 & 65535 END                  AS precision,
       CASE WHEN t.typname = 'numeric' AND a.atttypmod > 4
            THEN a.atttypmod - 4 & 2047 END                           AS scale,
       a.attnotnull                                                   AS not_null,
       a.atthasdef OR a.attidentity <> ''                             AS has_default,
       a.attidentity <> ''
           OR coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE 'nextval(%' AS numbered,
       ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum AS e
             WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)      AS labels
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY n.nspname, c.relname, a.attnum;
