-- id: benign-restrictive-policy
-- channel: S05
-- scope: database
-- doc: one more restrictive policy
-- benign: a restrictive policy only narrows what the others let through, and here every own row still passes
-- apply
CREATE POLICY never_null ON public.campaigns AS RESTRICTIVE TO engarde_user, langflow_app USING (tenant_id IS NOT NULL) WITH CHECK (budget >= 0);
