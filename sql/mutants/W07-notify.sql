-- id: W07-notify
-- channel: W07
-- scope: database
-- doc: a trigger notifies whoever listens, with the row as payload
-- apply
CREATE FUNCTION public.tell_campaigns() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_notify('campaigns', left(row_to_json(NEW)::text, 7900));
    RETURN NEW;
END
$$;
CREATE TRIGGER tell_campaigns AFTER INSERT OR UPDATE ON public.campaigns FOR EACH ROW EXECUTE FUNCTION public.tell_campaigns();
