-- Makes the tenant's Langflow user, who logs in by no password, with a folder and a flow that loads the tenant's campaigns. May be run again.
--
-- As langflow_app, which owns these tables. First, in the same session, onboarding.mark and onboarding.ids as in rows_public.sql, and
-- SET onboarding.flow = '<the flow''s data, in JSON>';
BEGIN;

INSERT INTO langflow."user" (id, username, password, is_active, is_superuser, create_at, updated_at)
VALUES ((current_setting('onboarding.ids')::jsonb -> 'langflow.user' ->> 0)::uuid, 'new ' || current_setting('onboarding.mark'), '!', true, false, now(), now())
ON CONFLICT DO NOTHING;

INSERT INTO langflow.folder (id, name, user_id)
VALUES ((current_setting('onboarding.ids')::jsonb -> 'langflow.folder' ->> 0)::uuid, 'folder ' || current_setting('onboarding.mark'),
        (current_setting('onboarding.ids')::jsonb -> 'langflow.user' ->> 0)::uuid)
ON CONFLICT DO NOTHING;

INSERT INTO langflow.flow (id, name, user_id, folder_id, data, is_component, updated_at)
VALUES ((current_setting('onboarding.ids')::jsonb -> 'langflow.flow' ->> 0)::uuid, 'flow ' || current_setting('onboarding.mark'),
        (current_setting('onboarding.ids')::jsonb -> 'langflow.user' ->> 0)::uuid,
        (current_setting('onboarding.ids')::jsonb -> 'langflow.folder' ->> 0)::uuid, current_setting('onboarding.flow')::json, false, now())
ON CONFLICT DO NOTHING;

COMMIT;
