-- id: W04-unique-slug
-- channel: W04
-- scope: database
-- doc: the short names of tenants are unique, and a tenant may change its own
-- apply
CREATE UNIQUE INDEX tenants_slug_unique ON public.tenants (slug);
