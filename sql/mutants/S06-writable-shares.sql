-- id: S06-writable-shares
-- channel: S06
-- scope: database
-- doc: rows can be shared with another tenant through a table that every tenant may write to: one claims what it likes
-- apply
CREATE TABLE public.document_shares (owner_tenant uuid NOT NULL, guest_tenant uuid NOT NULL, PRIMARY KEY (owner_tenant, guest_tenant));
ALTER TABLE public.document_shares OWNER TO engarde_owner;
GRANT SELECT, INSERT ON public.document_shares TO engarde_user;
ALTER POLICY tenant_isolation ON public.documents USING (tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid
    OR EXISTS (SELECT FROM public.document_shares AS s WHERE s.owner_tenant = tenant_id AND s.guest_tenant = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid));
