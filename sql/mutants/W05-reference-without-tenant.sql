-- id: W05-reference-without-tenant
-- channel: W05
-- scope: database
-- doc: a comment may refer to any tenant's campaign: whether the key holds tells that it is there
-- apply
CREATE UNIQUE INDEX campaigns_id_alone ON public.campaigns (id);
ALTER TABLE public.comments ADD COLUMN campaign_id uuid REFERENCES public.campaigns (id);
