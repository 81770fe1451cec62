-- id: S10-rule
-- channel: S10
-- scope: database
-- doc: a rule mirrors new contacts into a table without row security
-- apply
CREATE TABLE public.contact_mirror (tenant_id uuid, id uuid, email text);
ALTER TABLE public.contact_mirror OWNER TO engarde_owner;
GRANT SELECT ON public.contact_mirror TO engarde_user;
CREATE RULE mirror AS ON INSERT TO public.contacts DO ALSO INSERT INTO public.contact_mirror VALUES (NEW.tenant_id, NEW.id, NEW.email);
