-- id: L03-langflow-custom-components
-- channel: L03
-- scope: langflow
-- doc: tenants' users may bring code of their own, which runs with the server's credentials
-- apply
LANGFLOW_ALLOW_CUSTOM_COMPONENTS = true
