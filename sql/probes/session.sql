-- Who serves this session: the server process, and the tenant that is set, '' for none.
SELECT pg_catalog.pg_backend_pid(), coalesce(pg_catalog.current_setting($1, true), '')
