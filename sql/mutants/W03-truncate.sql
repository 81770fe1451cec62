-- id: W03-truncate
-- channel: W03
-- scope: database
-- doc: the backend may truncate a table, to which no policy applies
-- apply
GRANT TRUNCATE ON public.api_requests TO engarde_user;
