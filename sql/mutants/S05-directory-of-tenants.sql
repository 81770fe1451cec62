-- id: S05-directory-of-tenants
-- channel: S05
-- scope: database
-- doc: the table of tenants opened for a look-up by name at sign-in
-- apply
CREATE POLICY sign_in ON public.tenants FOR SELECT TO engarde_user USING (status = 'active' OR status = 'suspended' OR status = 'closed');
