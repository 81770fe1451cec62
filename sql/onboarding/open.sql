-- Opens the tenant's door: from here on the backend serves it. May be run again.
--
-- As engarde_migrator, who becomes engarde_owner. First, in the same session: SET onboarding.tenant = '<the tenant''s id>';
BEGIN;
SET LOCAL ROLE engarde_owner;

UPDATE public.tenants
SET status = 'active'
WHERE id = current_setting('onboarding.tenant')::uuid
  AND status = 'suspended';

COMMIT;
