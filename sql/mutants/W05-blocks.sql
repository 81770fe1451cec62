-- id: W05-blocks
-- channel: W05
-- scope: database
-- doc: a reference without the tenant keeps another tenant from deleting its document
-- apply
CREATE UNIQUE INDEX documents_id_alone ON public.documents (id);
ALTER TABLE public.exports ADD COLUMN document_id uuid REFERENCES public.documents (id) ON DELETE RESTRICT;
