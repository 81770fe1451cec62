-- id: W04-codes
-- channel: W04
-- scope: database
-- doc: a new table with policies as they should be has a key of words that customers choose
-- apply
CREATE TABLE public.promo_codes (code text PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES public.tenants (id), discount integer NOT NULL);
INSERT INTO public.promo_codes SELECT 'PROMO' || row_number() OVER (), id, 10 FROM public.tenants;
ALTER TABLE public.promo_codes OWNER TO engarde_owner;
ALTER TABLE public.promo_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.promo_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON public.promo_codes TO engarde_user USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.promo_codes TO engarde_user;
