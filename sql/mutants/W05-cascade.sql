-- id: W05-cascade
-- channel: W05
-- scope: database
-- doc: deleting a brand takes other tenants' ideas along that refer to it
-- apply
CREATE UNIQUE INDEX brands_id_alone ON public.brands (id);
ALTER TABLE public.content_ideas ADD COLUMN inspired_by uuid REFERENCES public.brands (id) ON DELETE CASCADE;
