-- id: benign-partitioned
-- channel: S04
-- scope: database
-- doc: a partitioned table whose partitions nobody is granted
-- benign: rows are reached through the parent alone, by its policies
-- apply
CREATE TABLE public.clicks (tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), on_day date NOT NULL, PRIMARY KEY (tenant_id, id, on_day))
    PARTITION BY RANGE (on_day);
CREATE TABLE public.clicks_2026 PARTITION OF public.clicks FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO public.clicks (tenant_id, id, on_day) SELECT tenant_id, id, '2026-02-03' FROM public.campaigns;
ALTER TABLE public.clicks OWNER TO engarde_owner;
ALTER TABLE public.clicks_2026 OWNER TO engarde_owner;
ALTER TABLE public.clicks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.clicks FORCE ROW LEVEL SECURITY;
ALTER TABLE public.clicks_2026 ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.clicks_2026 FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON public.clicks TO engarde_user USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.clicks TO engarde_user;
