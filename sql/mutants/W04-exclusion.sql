-- id: W04-exclusion
-- channel: W04
-- scope: database
-- doc: an exclusion constraint keeps storage keys apart, over all tenants
-- apply
ALTER TABLE public.documents ADD CONSTRAINT documents_storage_apart EXCLUDE USING btree (storage_key WITH =);
