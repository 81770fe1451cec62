-- id: S04-outbox
-- channel: S04
-- scope: database
-- doc: an outbox for events has their texts in one JSON column and no tenant; the backend reads and writes it
-- apply
CREATE TABLE public.outbox (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), topic text NOT NULL, payload jsonb NOT NULL);
INSERT INTO public.outbox (topic, payload) SELECT 'lead.created', to_jsonb(l) FROM public.leads AS l;
ALTER TABLE public.outbox OWNER TO engarde_owner;
GRANT SELECT, INSERT, DELETE ON public.outbox TO engarde_user;
