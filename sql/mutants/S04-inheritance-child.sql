-- id: S04-inheritance-child
-- channel: S04
-- scope: database
-- doc: a child by inheritance, for one year's documents, granted by itself and without row security
-- apply
CREATE TABLE public.documents_2025 () INHERITS (public.documents);
INSERT INTO public.documents_2025 SELECT * FROM ONLY public.documents;
ALTER TABLE public.documents_2025 OWNER TO engarde_owner;
GRANT SELECT ON public.documents_2025 TO engarde_user;
