-- id: benign-extended-statistics
-- channel: W06
-- scope: database
-- doc: extended statistics on a tenant's table
-- benign: the view of them shows an application only what it may read without row security, which is nothing
-- apply
CREATE STATISTICS public.campaigns_together (dependencies, mcv) ON status, objective FROM public.campaigns;
ANALYZE public.campaigns;
