-- id: benign-new-tenant-table
-- channel: S04
-- scope: database
-- doc: a new table of tenants' rows, made as it should be
-- benign: row security on and forced, policy, keys with the tenant
-- apply
CREATE TABLE public.campaign_goals (
    tenant_id   uuid NOT NULL REFERENCES public.tenants (id) ON DELETE CASCADE,
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    campaign_id uuid NOT NULL,
    goal        text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, campaign_id) REFERENCES public.campaigns (tenant_id, id) ON DELETE CASCADE
);
INSERT INTO public.campaign_goals (tenant_id, campaign_id, goal) SELECT tenant_id, id, 'more of ' || name FROM public.campaigns;
ALTER TABLE public.campaign_goals OWNER TO engarde_owner;
ALTER TABLE public.campaign_goals ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.campaign_goals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON public.campaign_goals TO engarde_user, langflow_app
    USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid) WITH CHECK (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid);
CREATE POLICY owner_maintenance ON public.campaign_goals TO engarde_owner USING (true) WITH CHECK (true);
CREATE POLICY audit_read ON public.campaign_goals FOR SELECT TO audit_user USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.campaign_goals TO engarde_user;
GRANT SELECT ON public.campaign_goals TO langflow_app, audit_user;
