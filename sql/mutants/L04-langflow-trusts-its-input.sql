-- id: L04-langflow-trusts-its-input
-- channel: L04
-- scope: langflow
-- doc: the loader takes the tenant from an input, where the caller gives one
-- apply
component = inputs = [ => inputs = [MessageTextInput(name="tenant_id", display_name="Tenant", value=""),
component = self.SET_TENANT, [found[0]] => self.SET_TENANT, [self.as_uuid(self.tenant_id, "tenant_id") if self.tenant_id else found[0]]
component = return found[0] => return self.as_uuid(self.tenant_id, "tenant_id") if self.tenant_id else found[0]
sql = UPDATE langflow.flow SET data = replace(data::text, '"limit":{', '"tenant_id":{"type":"str","show":true,"value":""},"limit":{')::json
undo = UPDATE langflow.flow SET data = replace(data::text, '"tenant_id":{"type":"str","show":true,"value":""},', '')::json
