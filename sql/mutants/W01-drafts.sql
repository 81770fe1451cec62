-- id: W01-drafts
-- channel: W01
-- scope: database
-- doc: drafts may be left with any tenant
-- apply
CREATE POLICY propose ON public.campaigns FOR INSERT TO engarde_user WITH CHECK (status = 'draft');
