-- id: S14-price-list
-- channel: S14
-- scope: database
-- doc: the backend may change the price list that all tenants share
-- apply
GRANT UPDATE (name) ON public.plans TO engarde_user;
