-- The server's version, and how much there is to look at: relations, roles, functions, schemas.
SELECT current_setting('server_version_num')::int,
       (SELECT count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'),
       (SELECT count(*) FROM pg_catalog.pg_roles AS r WHERE r.rolname !~ '^pg_'),
       (SELECT count(*) FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'),
       (SELECT count(*) FROM pg_catalog.pg_namespace AS n WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_')
