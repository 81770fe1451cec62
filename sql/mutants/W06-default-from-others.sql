-- id: W06-default-from-others
-- channel: W06
-- scope: database
-- doc: a trigger fills an empty field with the average of all tenants
-- apply
CREATE FUNCTION public.usual_value() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    NEW.amount := (SELECT avg(amount) FROM public.deals);
    RETURN NEW;
END
$$;
CREATE TRIGGER usual_value BEFORE INSERT OR UPDATE ON public.deals FOR EACH ROW EXECUTE FUNCTION public.usual_value();
