-- Makes a tenant, with its doors still shut: the backend serves no tenant that is not active. May be run again.
--
-- As engarde_migrator, who has no right of its own and becomes engarde_owner: no application may make a tenant. First, in the same session:
-- SET onboarding.tenant = '<the tenant''s id>'; SET onboarding.mark = '<a text to know its rows by>';
BEGIN;
SET LOCAL ROLE engarde_owner;

INSERT INTO public.tenants (id, name, slug, status, plan, country)
VALUES (current_setting('onboarding.tenant')::uuid, 'new ' || current_setting('onboarding.mark'), left(lower(current_setting('onboarding.mark')), 80),
        'suspended', 'starter', 'DE')
ON CONFLICT DO NOTHING;

COMMIT;
