-- id: S14-everybody-reads
-- channel: S14
-- scope: database
-- doc: a table was granted to PUBLIC to get rid of an error
-- apply
GRANT SELECT ON public.alembic_version TO PUBLIC;
