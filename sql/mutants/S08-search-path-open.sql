-- id: S08-search-path-open
-- channel: S08
-- scope: database
-- doc: a function that filters rightly has no search path of its own: Langflow's role puts a table or operator of its own in front
-- apply
CREATE FUNCTION public.my_campaigns() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
    RETURN (SELECT count(*) FROM campaigns WHERE tenant_id = NULLIF(current_setting('app.current_tenant_id', true), '')::uuid);
END
$$;
