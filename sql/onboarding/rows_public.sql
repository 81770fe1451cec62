-- Makes what a new tenant begins with in EnGarde: two users, a brand, three campaigns. May be run again.
--
-- As engarde_user, with the tenant set: these are rows as the backend writes them, and row security holds for them. First, in the same session,
-- onboarding.tenant and onboarding.mark as in tenant.sql, and SET onboarding.ids = '{"public.users": ["<id>", ...], ...}';
BEGIN;
SELECT public.set_current_tenant_id(current_setting('onboarding.tenant')::uuid);

INSERT INTO public.users (tenant_id, id, email, full_name, status, is_admin)
SELECT current_setting('onboarding.tenant')::uuid, given.id::uuid, 'user' || given.n || '@' || current_setting('onboarding.mark') || '.example',
       'user ' || current_setting('onboarding.mark'), 'active', given.n = 1
FROM jsonb_array_elements_text(current_setting('onboarding.ids')::jsonb -> 'public.users') WITH ORDINALITY AS given (id, n)
ON CONFLICT DO NOTHING;

INSERT INTO public.brands (tenant_id, id, name)
SELECT current_setting('onboarding.tenant')::uuid, given.id::uuid, 'brand ' || given.n || ' ' || current_setting('onboarding.mark')
FROM jsonb_array_elements_text(current_setting('onboarding.ids')::jsonb -> 'public.brands') WITH ORDINALITY AS given (id, n)
ON CONFLICT DO NOTHING;

INSERT INTO public.campaigns (tenant_id, id, brand_id, owner_id, name, status, budget)
SELECT current_setting('onboarding.tenant')::uuid, given.id::uuid, (current_setting('onboarding.ids')::jsonb -> 'public.brands' ->> 0)::uuid,
       (current_setting('onboarding.ids')::jsonb -> 'public.users' ->> 0)::uuid, 'campaign ' || given.n || ' ' || current_setting('onboarding.mark'),
       'draft', 100 * given.n
FROM jsonb_array_elements_text(current_setting('onboarding.ids')::jsonb -> 'public.campaigns') WITH ORDINALITY AS given (id, n)
ON CONFLICT DO NOTHING;

COMMIT;
