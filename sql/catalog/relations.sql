-- What can be selected from, outside the system's schemas.
SELECT c.oid,
       n.nspname::text,
       c.relname::text,
       c.relkind::text,
       pg_catalog.pg_get_userbyid(c.relowner)::text,
       c.relrowsecurity,
       c.relforcerowsecurity,
       c.relispartition,
       greatest(c.reltuples, 0)::float8,
       coalesce((SELECT array_agg(i.inhparent ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid), '{}')
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname
