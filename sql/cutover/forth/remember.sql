-- First step of the cutover, by the administrator: what is there, and whose it is. Rolling back restores from here, and a cutover that was
-- interrupted goes on by what is noted here as done. Nothing is overwritten when it runs again. The schema stays until finish.sql or
-- the rollback drops it.
--
-- EnGarde's tables are public.tenants, what refers to it, and four tables that all tenants share. All others of public are Langflow's.
BEGIN;

CREATE SCHEMA IF NOT EXISTS cutover;
REVOKE ALL ON SCHEMA cutover FROM PUBLIC;

CREATE TABLE IF NOT EXISTS cutover.tables (
    name         text      PRIMARY KEY,
    application  text      NOT NULL CHECK (application IN ('engarde', 'langflow')),
    owner        name      NOT NULL,
    row_security boolean   NOT NULL,
    forced       boolean   NOT NULL,
    rights       aclitem[] NOT NULL,
    moved        boolean   NOT NULL DEFAULT false,
    tries        integer   NOT NULL DEFAULT 0 -- how often a lock was asked for, in both directions
);
CREATE TABLE IF NOT EXISTS cutover.policies AS
    SELECT tablename::text, policyname::text, permissive, roles, cmd, qual, with_check FROM pg_catalog.pg_policies WHERE schemaname = 'public';
CREATE TABLE IF NOT EXISTS cutover.others (
    what    text      PRIMARY KEY, -- as in ALTER and GRANT
    owner   name      NOT NULL,
    rights  aclitem[] NOT NULL,
    comment text
);
CREATE TABLE IF NOT EXISTS cutover.roles (
    name     name    PRIMARY KEY,
    there    boolean NOT NULL,
    inherits boolean,
    settings text[],
    comment  text
);
CREATE TABLE IF NOT EXISTS cutover.extras (name text PRIMARY KEY); -- schemas that were there
CREATE TABLE IF NOT EXISTS cutover.types (name text PRIMARY KEY, owner name NOT NULL);
CREATE TABLE IF NOT EXISTS cutover.functions (name text PRIMARY KEY, arguments text NOT NULL, owner name NOT NULL, rights aclitem[] NOT NULL);

INSERT INTO cutover.tables (name, application, owner, row_security, forced, rights)
SELECT c.relname,
       CASE WHEN c.relname IN ('tenants', 'countries', 'currencies', 'plans', 'feature_flags')
              OR EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
                         WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid = 'public.tenants'::regclass)
            THEN 'engarde' ELSE 'langflow' END,
       pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity, COALESCE(c.relacl, acldefault('r', c.relowner))
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT FROM cutover.tables);

INSERT INTO cutover.types (name, owner)
SELECT t.typname, pg_get_userbyid(t.typowner)
FROM pg_catalog.pg_type AS t
WHERE t.typnamespace = 'public'::regnamespace AND t.typtype = 'e'
  AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
              JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
              JOIN cutover.tables AS x ON x.name = c.relname AND x.application = 'langflow'
              WHERE c.relnamespace = 'public'::regnamespace AND a.atttypid IN (t.oid, t.typarray))
ON CONFLICT DO NOTHING;

-- Those that triggers of Langflow's tables call: left in public, whoever owned them could change what a write to its tables does.
INSERT INTO cutover.functions (name, arguments, owner, rights)
SELECT f.proname, pg_get_function_identity_arguments(f.oid), pg_get_userbyid(f.proowner), COALESCE(f.proacl, acldefault('f', f.proowner))
FROM pg_catalog.pg_proc AS f
WHERE f.pronamespace = 'public'::regnamespace
  AND EXISTS (SELECT FROM pg_catalog.pg_trigger AS t
              JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
              JOIN cutover.tables AS x ON x.name = c.relname AND x.application = 'langflow'
              WHERE t.tgfoid = f.oid AND c.relnamespace = 'public'::regnamespace)
ON CONFLICT DO NOTHING;

INSERT INTO cutover.others (what, owner, rights, comment)
SELECT format('DATABASE %I', datname), pg_get_userbyid(datdba), COALESCE(datacl, acldefault('d', datdba)), shobj_description(oid, 'pg_database')
FROM pg_catalog.pg_database WHERE datname = current_database()
UNION ALL
SELECT 'SCHEMA public', pg_get_userbyid(nspowner), COALESCE(nspacl, acldefault('n', nspowner)), obj_description(oid, 'pg_namespace')
FROM pg_catalog.pg_namespace WHERE nspname = 'public'
UNION ALL
SELECT format('FUNCTION %s', f.oid::regprocedure), pg_get_userbyid(f.proowner), COALESCE(f.proacl, acldefault('f', f.proowner)), obj_description(f.oid, 'pg_proc')
FROM pg_catalog.pg_proc AS f WHERE f.oid = 'public.set_current_tenant_id(uuid)'::regprocedure
UNION ALL
SELECT 'TABLE public.tenant_flows', pg_get_userbyid(relowner), COALESCE(relacl, acldefault('r', relowner)), obj_description(oid, 'pg_class')
FROM pg_catalog.pg_class WHERE oid = 'public.tenant_flows'::regclass
ON CONFLICT DO NOTHING;

INSERT INTO cutover.roles (name, there, inherits, settings, comment)
SELECT wanted.name, r.oid IS NOT NULL, r.rolinherit, r.rolconfig, shobj_description(r.oid, 'pg_authid')
FROM unnest(ARRAY['engarde_owner', 'engarde_migrator', 'engarde_user', 'langflow_app', 'audit_user']) AS wanted (name)
LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = wanted.name
ON CONFLICT DO NOTHING;

INSERT INTO cutover.extras (name)
SELECT nspname FROM pg_catalog.pg_namespace WHERE NOT EXISTS (SELECT FROM cutover.extras);

-- A foreign key from one application's tables to the other's would tell that a table was put down to the wrong one.
DO $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(format('%s (%s)', k.conrelid::regclass, k.conname), ', ') INTO wrong
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS mine ON mine.oid = k.conrelid
    JOIN pg_catalog.pg_class AS theirs ON theirs.oid = k.confrelid
    JOIN cutover.tables AS a ON a.name = mine.relname
    JOIN cutover.tables AS b ON b.name = theirs.relname
    WHERE k.contype = 'f' AND a.application <> b.application;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'foreign keys cross the applications: %', wrong
            USING HINT = 'each application''s tables get an owner and a schema of their own: drop the keys, or put the tables down to the right one in cutover.tables';
    END IF;
    IF NOT EXISTS (SELECT FROM cutover.tables WHERE name = 'flow' AND application = 'langflow') THEN
        RAISE EXCEPTION 'Langflow''s tables are not in public' USING HINT = 'this cutover begins at the layout with both applications in public';
    END IF;
END
$$;

COMMIT;
