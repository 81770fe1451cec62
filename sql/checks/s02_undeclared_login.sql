-- channel: S02
-- severity: weakness
-- units: roles
-- doc: nobody logs in past the target's roles who is beyond row security, or has rights on tenants' tables
SELECT r.rolname::text,
       r.rolname::text,
       'role ' || r.rolname || ', which the target doesn''t declare, logs in and ' || CASE
           WHEN r.rolsuper THEN 'is a superuser'
           WHEN r.rolbypassrls THEN 'has BYPASSRLS'
           WHEN r.rolcreaterole THEN 'has CREATEROLE'
           ELSE 'has rights on tenants'' tables' END,
       CASE WHEN r.rolsuper OR r.rolbypassrls THEN 'no policy holds it' ELSE 'first among them ' || (
           SELECT min(n.nspname || '.' || c.relname)
           FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
           WHERE c.oid = ANY (CAST(:tables AS oid[])) AND pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')) END,
       format('ALTER ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE;', r.rolname)
FROM pg_catalog.pg_roles AS r
WHERE r.rolcanlogin
  AND r.rolname <> ALL (CAST(:all_roles AS text[]))
  AND r.rolname NOT IN (CURRENT_USER, SESSION_USER)
  AND r.oid <> 10
  AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole
       OR EXISTS (SELECT FROM pg_catalog.pg_class AS c
                  WHERE c.oid = ANY (CAST(:tables AS oid[]))
                    AND (pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')
                         OR pg_catalog.has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER'))))
ORDER BY 1
