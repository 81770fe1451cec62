-- id: benign-comment
-- channel: S05
-- scope: database
-- doc: comments on a table and a policy
-- benign: nothing but text
-- apply
COMMENT ON TABLE public.campaigns IS 'campaigns of a tenant; USING (true) would be wrong here';
COMMENT ON POLICY tenant_isolation ON public.campaigns IS 'own rows only';
