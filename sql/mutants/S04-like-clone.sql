-- id: S04-like-clone
-- channel: S04
-- scope: database
-- doc: an archive made with LIKE ... INCLUDING ALL, which takes indexes and defaults along but neither row security nor policies
-- apply
CREATE TABLE public.invoices_archive (LIKE public.invoices INCLUDING ALL);
INSERT INTO public.invoices_archive SELECT * FROM public.invoices;
ALTER TABLE public.invoices_archive OWNER TO engarde_owner;
GRANT SELECT ON public.invoices_archive TO engarde_user;
