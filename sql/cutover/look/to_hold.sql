-- Tables of EnGarde's that the load doesn't ask: where one of them is held, the script waits in the middle, on either way.
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname NOT IN ('campaigns', 'langflow_tenant_users')
ORDER BY 1;
