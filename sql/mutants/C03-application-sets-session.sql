-- id: C03-application-sets-session
-- channel: C03
-- scope: app
-- doc: the applications set the tenant themselves, for the session
-- apply
tenancy.set = SELECT pg_catalog.set_config('app.current_tenant_id', $1::uuid::text, false)
