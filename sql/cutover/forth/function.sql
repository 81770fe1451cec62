-- The function that sets the tenant changes hands; who may call it is settled in the same transaction.
BEGIN;

ALTER FUNCTION public.set_current_tenant_id(uuid) OWNER TO engarde_owner;
REVOKE ALL ON FUNCTION public.set_current_tenant_id(uuid) FROM PUBLIC, engarde_migrator, engarde_user, langflow_app, audit_user;
GRANT EXECUTE ON FUNCTION public.set_current_tenant_id(uuid) TO engarde_user, langflow_app;

COMMIT;
