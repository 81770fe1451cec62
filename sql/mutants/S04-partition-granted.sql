-- id: S04-partition-granted
-- channel: S04
-- scope: database
-- doc: a partitioned table has its policies, its partition has not, and the grant went to both
-- apply
CREATE TABLE public.page_views (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL DEFAULT gen_random_uuid(),
    path      text NOT NULL,
    seen_on   date NOT NULL,
    PRIMARY KEY (tenant_id, id, seen_on)
) PARTITION BY RANGE (seen_on);
CREATE TABLE public.page_views_2026 PARTITION OF public.page_views FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO public.page_views (tenant_id, id, path, seen_on) SELECT tenant_id, id, '/' || name, '2026-05-01' FROM public.campaigns;
ALTER TABLE public.page_views OWNER TO engarde_owner;
ALTER TABLE public.page_views_2026 OWNER TO engarde_owner;
ALTER TABLE public.page_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.page_views FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON public.page_views TO engarde_user USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.page_views, public.page_views_2026 TO engarde_user;
