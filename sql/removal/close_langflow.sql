-- Shuts Langflow's door to a tenant: its user may not log in any more, and its API keys are gone. May be
-- run again.
--
-- As langflow_app, which owns these rows and is the one role that row security lets at them. First, in the
-- same session: SET removal.tenant = '<the tenant''s id>';
BEGIN;

UPDATE langflow."user"
SET is_active = false
WHERE is_active
  AND id IN (SELECT owned.user_id
             FROM public.langflow_tenant_users AS owned
             WHERE owned.tenant_id = current_setting('removal.tenant')::uuid);

DELETE FROM langflow.apikey
WHERE user_id IN (SELECT owned.user_id
                  FROM public.langflow_tenant_users AS owned
                  WHERE owned.tenant_id = current_setting('removal.tenant')::uuid);

COMMIT;
