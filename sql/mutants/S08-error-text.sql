-- id: S08-error-text
-- channel: S08
-- scope: database
-- doc: a function that answers nothing tells in its error text who has the address already
-- apply
CREATE FUNCTION public.check_address(address text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    holder record;
BEGIN
    SELECT c.tenant_id, c.id, c.full_name INTO holder FROM public.contacts AS c WHERE c.email ILIKE address || '%' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the address belongs to % (%) of tenant %', holder.full_name, holder.id, holder.tenant_id;
    END IF;
END
$$;
