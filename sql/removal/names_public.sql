-- What keys of the cache may name a tenant by: itself and its campaigns.
--
-- As engarde_owner. First, in the same session: SET removal.tenant = '<the tenant''s id>';
SELECT campaign.id::text
FROM public.campaigns AS campaign
WHERE campaign.tenant_id = current_setting('removal.tenant')::uuid
UNION
SELECT current_setting('removal.tenant')
