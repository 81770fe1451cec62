-- id: C08-context-shared
-- channel: C08
-- scope: database
-- doc: the tenant's number is kept in a sequence, which all sessions share: requests at the same time take each other's
-- apply
CREATE TABLE public.tenant_numbers AS SELECT row_number() OVER (ORDER BY id) AS number, id FROM public.tenants;
ALTER TABLE public.tenant_numbers OWNER TO engarde_owner;
CREATE SEQUENCE public.current_number;
CREATE FUNCTION public.note_number(tenant uuid) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS
    $$ SELECT setval('public.current_number', number) FROM public.tenant_numbers WHERE id = tenant $$;
CREATE FUNCTION public.noted_by_number() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
    $$ SELECT t.id FROM public.tenant_numbers AS t JOIN public.current_number AS c ON c.last_value = t.number $$;
CREATE OR REPLACE FUNCTION public.set_current_tenant_id(tenant uuid) RETURNS text LANGUAGE sql AS
    $$ SELECT public.note_number(tenant); SELECT pg_catalog.set_config('app.current_tenant_id', tenant::text, true) $$;
DO $$
DECLARE
    of record;
BEGIN
    FOR of IN
        SELECT tablename FROM pg_policies
        WHERE schemaname = 'public' AND policyname = 'tenant_isolation' AND qual LIKE '(tenant_id = %'
    LOOP
        EXECUTE format($policy$
            ALTER POLICY tenant_isolation ON public.%I USING (tenant_id = (SELECT public.noted_by_number()))
        $policy$, of.tablename);
    END LOOP;
END
$$;
