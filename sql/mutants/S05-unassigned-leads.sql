-- id: S05-unassigned-leads
-- channel: S05
-- scope: database
-- doc: leads that nobody works on are shown to all, for a common pool of one customer's brands
-- apply
CREATE POLICY unassigned ON public.leads FOR SELECT TO engarde_user USING (status IN ('new', 'qualified'));
