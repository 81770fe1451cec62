-- Shuts EnGarde's door to a tenant: the backend answers its tokens with 403 from the moment at which it
-- asks again. Rows stay; may be run again.
--
-- As engarde_migrator, who has no right of its own and becomes engarde_owner: no application may remove a
-- tenant. First, in the same session: SET removal.tenant = '<the tenant''s id>';
BEGIN;
SET LOCAL ROLE engarde_owner;

UPDATE public.tenants
SET status = 'closed'
WHERE id = current_setting('removal.tenant')::uuid
  AND status <> 'closed';

COMMIT;
