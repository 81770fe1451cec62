-- id: C05-context-in-a-table
-- channel: C05
-- scope: database
-- doc: the tenant of a connection is kept in a table by its process number; it stays when a transaction breaks off, and for the next client
-- apply
CREATE UNLOGGED TABLE public.connection_tenants (pid integer PRIMARY KEY, tenant_id uuid NOT NULL);
ALTER TABLE public.connection_tenants OWNER TO engarde_owner;
CREATE FUNCTION public.note_tenant(tenant uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS
    $$ INSERT INTO public.connection_tenants VALUES (pg_backend_pid(), tenant) ON CONFLICT (pid) DO UPDATE SET tenant_id = EXCLUDED.tenant_id $$;
CREATE OR REPLACE FUNCTION public.set_current_tenant_id(tenant uuid) RETURNS text LANGUAGE sql AS
    $$ SELECT public.note_tenant(tenant); SELECT pg_catalog.set_config('app.current_tenant_id', tenant::text, true) $$;
CREATE FUNCTION public.noted_tenant() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
    $$ SELECT tenant_id FROM public.connection_tenants WHERE pid = pg_backend_pid() $$;
DO $$
DECLARE
    of record;
BEGIN
    FOR of IN
        SELECT tablename FROM pg_policies
        WHERE schemaname = 'public' AND policyname = 'tenant_isolation' AND qual LIKE '(tenant_id = %'
    LOOP
        EXECUTE format($policy$
            ALTER POLICY tenant_isolation ON public.%I USING (tenant_id = (SELECT public.noted_tenant()))
        $policy$, of.tablename);
    END LOOP;
END
$$;
