-- id: S11-trusted-c
-- channel: S11
-- scope: database
-- doc: the language C was declared trusted so that a role could load a module
-- apply
UPDATE pg_catalog.pg_language SET lanpltrusted = true WHERE lanname = 'c';
GRANT USAGE ON LANGUAGE c TO langflow_app;
