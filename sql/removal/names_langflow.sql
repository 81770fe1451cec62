-- What Langflow's files and keys of its cache name a tenant by: its user, by id and by name, and its flows
-- and folders. Ask before the rows are removed: nothing else remembers these names.
--
-- As langflow_app. First, in the same session: SET removal.tenant = '<the tenant''s id>';
WITH mine AS (
    SELECT owned.user_id
    FROM public.langflow_tenant_users AS owned
    WHERE owned.tenant_id = current_setting('removal.tenant')::uuid
)
SELECT mine.user_id::text FROM mine
UNION
SELECT u.username FROM langflow."user" AS u JOIN mine ON mine.user_id = u.id
UNION
SELECT f.id::text FROM langflow.flow AS f JOIN mine USING (user_id)
UNION
SELECT f.id::text FROM langflow.folder AS f JOIN mine USING (user_id)
