-- id: benign-lookup-table
-- channel: S04
-- scope: database
-- doc: a table of time zones, readable for both applications
-- benign: its rows are the same for all tenants and no application can write them
-- apply
CREATE TABLE public.time_zones (name text PRIMARY KEY, shift interval NOT NULL);
INSERT INTO public.time_zones VALUES ('Europe/Berlin', '1 hour'), ('Asia/Kolkata', '5 hours 30 minutes');
ALTER TABLE public.time_zones OWNER TO engarde_owner;
GRANT SELECT ON public.time_zones TO engarde_user, langflow_app;
