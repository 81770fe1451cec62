-- id: S01-not-forced
-- channel: S01
-- scope: database
-- doc: FORCE was taken off to let a backfill through and never put back
-- apply
ALTER TABLE public.invoices NO FORCE ROW LEVEL SECURITY;
