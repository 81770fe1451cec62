-- id: benign-renamed-policy
-- channel: S05
-- scope: database
-- doc: a policy with another name
-- benign: what it says is the same
-- apply
ALTER POLICY tenant_isolation ON public.contacts RENAME TO own_contacts_only;
