-- channel: S16
-- severity: note
-- units: database
-- doc: extensions that open files, programs or connections, where no application may use them
SELECT 'extension ' || e.extname, '', 'can open files, programs or connections', 'a grant on its functions is a way past every policy', format('DROP EXTENSION %I;', e.extname)
FROM pg_catalog.pg_extension AS e
WHERE e.extname IN ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack', 'plpython3u', 'plperlu', 'pltclu', 'plsh', 'pageinspect', 'pg_walinspect', 'pg_surgery')
ORDER BY 1
