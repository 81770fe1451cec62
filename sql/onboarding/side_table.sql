-- Says that a Langflow user works for the tenant. From here on the policies on Langflow's tables show its rows to it. May be run again.
--
-- As engarde_migrator, who becomes engarde_owner: whoever may write here may claim another tenant's user. First, in the same session,
-- onboarding.tenant, onboarding.mark and onboarding.ids as in rows_public.sql.
BEGIN;
SET LOCAL ROLE engarde_owner;

INSERT INTO public.langflow_tenant_users (tenant_id, id, user_id, username)
VALUES (current_setting('onboarding.tenant')::uuid, (current_setting('onboarding.ids')::jsonb -> 'public.langflow_tenant_users' ->> 0)::uuid,
        (current_setting('onboarding.ids')::jsonb -> 'langflow.user' ->> 0)::uuid, 'new ' || current_setting('onboarding.mark'))
ON CONFLICT DO NOTHING;

COMMIT;
