-- id: S05-variables-by-type
-- channel: S05
-- scope: database
-- doc: Langflow's variables of other types than credentials opened; the backend reads every tenant's
-- apply
CREATE POLICY settings_read ON langflow.variable FOR SELECT TO engarde_user USING (type IS DISTINCT FROM 'Credential');
