-- id: W06-error-names-the-other
-- channel: W06
-- scope: database
-- doc: a trigger refuses a name that another tenant uses, and says whose it is
-- apply
CREATE FUNCTION public.name_is_free() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    holder record;
BEGIN
    SELECT t.tenant_id, t.id INTO holder FROM public.tags AS t WHERE t.name = NEW.name AND t.tenant_id <> NEW.tenant_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'tag % is tenant %''s (%)', NEW.name, holder.tenant_id, holder.id USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER name_is_free BEFORE INSERT OR UPDATE ON public.tags FOR EACH ROW EXECUTE FUNCTION public.name_is_free();
