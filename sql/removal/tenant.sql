-- Removes the tenant itself, when nothing of it is left. May be run again.
--
-- As engarde_migrator, who becomes engarde_owner for this transaction. First, in the same session:
-- SET removal.tenant = '<the tenant''s id>';
BEGIN;
SET LOCAL ROLE engarde_owner;

DELETE FROM public.tenants
WHERE id = current_setting('removal.tenant')::uuid;

COMMIT;
