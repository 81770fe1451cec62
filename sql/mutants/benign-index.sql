-- id: benign-index
-- channel: W04
-- scope: database
-- doc: two more indexes, one of them unique within the tenant
-- benign: an index shows nothing, and a key with the tenant in it speaks of own rows only
-- apply
CREATE INDEX campaigns_name_idx ON public.campaigns (tenant_id, lower(name));
CREATE UNIQUE INDEX deals_name_unique ON public.deals (tenant_id, name, id);
