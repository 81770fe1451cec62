-- id: S11-file-table
-- channel: S11
-- scope: database
-- doc: a foreign table shows a file of the server, meant for its log
-- apply
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE public.server_log (line text) SERVER files OPTIONS (filename 'postgresql.auto.conf', format 'text', delimiter E'\x01');
GRANT SELECT ON public.server_log TO engarde_user;
