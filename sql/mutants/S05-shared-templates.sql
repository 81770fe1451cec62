-- id: S05-shared-templates
-- channel: S05
-- scope: database
-- doc: templates that are ready count as shared, of every tenant
-- apply
CREATE POLICY shared_templates ON public.email_templates FOR SELECT TO engarde_user USING (status = 'ready');
