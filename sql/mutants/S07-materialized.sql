-- id: S07-materialized
-- channel: S07
-- scope: database
-- doc: a materialized view, which can have no policies, keeps the contacts' addresses for a search
-- apply
CREATE MATERIALIZED VIEW public.contact_search AS SELECT tenant_id, id, lower(email) AS email FROM public.contacts;
GRANT SELECT ON public.contact_search TO engarde_user;
