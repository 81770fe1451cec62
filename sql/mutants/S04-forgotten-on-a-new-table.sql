-- id: S04-forgotten-on-a-new-table
-- channel: S04
-- scope: database
-- doc: a migration adds a table with the tenant in it and forgets row security
-- apply
CREATE TABLE public.campaign_notes (
    tenant_id   uuid NOT NULL REFERENCES public.tenants (id) ON DELETE CASCADE,
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    campaign_id uuid NOT NULL,
    note        text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, campaign_id) REFERENCES public.campaigns (tenant_id, id) ON DELETE CASCADE
);
INSERT INTO public.campaign_notes (tenant_id, campaign_id, note) SELECT tenant_id, id, 'about ' || name FROM public.campaigns;
ALTER TABLE public.campaign_notes OWNER TO engarde_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.campaign_notes TO engarde_user;
