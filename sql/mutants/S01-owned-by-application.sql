-- id: S01-owned-by-application
-- channel: S01
-- scope: database
-- doc: a migration was run as the backend's own role, so the backend owns a table, and row security isn't forced on it
-- apply
ALTER TABLE public.exports OWNER TO engarde_user;
ALTER TABLE public.exports NO FORCE ROW LEVEL SECURITY;
