-- id: S10-right-to-make-triggers
-- channel: S10
-- scope: database
-- doc: the backend may put triggers on a table that is not its own
-- apply
GRANT TRIGGER ON public.campaigns TO engarde_user;
