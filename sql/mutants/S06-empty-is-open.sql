-- id: S06-empty-is-open
-- channel: S06
-- scope: database
-- doc: an empty setting counts as an administrator's
-- apply
ALTER POLICY tenant_isolation ON public.contacts
    USING (current_setting('app.current_tenant_id', true) = '' OR tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid);
