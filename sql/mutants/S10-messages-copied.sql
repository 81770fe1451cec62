-- id: S10-messages-copied
-- channel: S10
-- scope: database
-- doc: a trigger on Langflow's messages feeds a table for a live view
-- apply
CREATE TABLE public.live_messages (at timestamptz DEFAULT now(), said text);
ALTER TABLE public.live_messages OWNER TO engarde_owner;
GRANT SELECT ON public.live_messages TO engarde_user;
CREATE FUNCTION public.show_live() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO public.live_messages (said) VALUES (NEW.text);
    RETURN NEW;
END
$$;
CREATE TRIGGER show_live AFTER INSERT ON langflow.message FOR EACH ROW EXECUTE FUNCTION public.show_live();
