-- channel: S02
-- severity: weakness
-- units: roles
-- doc: no role of the target has an attribute that row security doesn't hold against, or that it isn't declared with
SELECT a.attribute,
       r.rolname::text,
       'role ' || r.rolname || ' has ' || a.attribute,
       a.why,
       format('ALTER ROLE %I NO%s;', r.rolname, a.attribute)
FROM pg_catalog.pg_roles AS r
CROSS JOIN LATERAL (VALUES
    ('SUPERUSER', r.rolsuper, 'no policy and no grant holds a superuser'),
    ('BYPASSRLS', r.rolbypassrls, 'no policy holds it: it reads the rows of all tenants'),
    ('CREATEROLE', r.rolcreaterole, 'it can make itself a member of other roles and give them passwords'),
    ('CREATEDB', r.rolcreatedb, 'it can copy a database, and own what it copied'),
    ('LOGIN', r.rolcanlogin AND r.rolname <> ALL (CAST(:logins AS text[])), 'it is declared as a role that nobody logs in as')
) AS a(attribute, has, why)
WHERE r.rolname = ANY (CAST(:all_roles AS text[]))
  AND a.has
ORDER BY 2, 1
