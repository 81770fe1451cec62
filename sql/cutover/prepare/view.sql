-- A release before the cutover: what the backend needs so that the same statements hold before, during and after it. They ask for flows
-- through public.tenant_flows and set the tenant for each transaction. The view is the hardened layout's; it follows its table
-- into another schema, as a view names tables by number. Run by the administrator; may be run again.
BEGIN;

SET LOCAL lock_timeout = '5s';

DO $$
BEGIN
    IF to_regclass('public.langflow_tenant_users') IS NULL OR to_regprocedure('public.set_current_tenant_id(uuid)') IS NULL THEN
        RAISE EXCEPTION 'public.langflow_tenant_users or public.set_current_tenant_id() is missing: EnGarde''s migrations are not at their head'
            USING HINT = 'run "alembic upgrade head" first';
    END IF;
    IF to_regclass('public.flow') IS NULL AND to_regclass('public.tenant_flows') IS NULL THEN
        RAISE EXCEPTION 'public.flow is missing: Langflow has not made its tables in this schema'
            USING HINT = 'this cutover begins at the layout with both applications in public';
    END IF;
    IF to_regclass('public.tenant_flows') IS NOT NULL THEN
        RETURN;
    END IF;
    CREATE VIEW public.tenant_flows WITH (security_invoker = true) AS
        SELECT owned.tenant_id,
               f.id,
               f.name,
               f.description,
               f.endpoint_name,
               f.is_component,
               f.user_id,
               f.folder_id,
               f.updated_at
        FROM public.flow AS f
        JOIN public.langflow_tenant_users AS owned ON owned.user_id = f.user_id;
    COMMENT ON VIEW public.tenant_flows IS 'flows of Langflow with the tenant they belong to; the reader''s own row security applies';
    REVOKE ALL ON public.tenant_flows FROM PUBLIC;
    GRANT SELECT ON public.tenant_flows TO engarde_user;
END
$$;

COMMIT;
