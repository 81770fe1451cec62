-- id: S10-change-log
-- channel: S10
-- scope: database
-- doc: a trigger copies each change of a campaign into a log that both applications read and that has no policies
-- apply
CREATE TABLE public.change_log (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT now(), entry jsonb NOT NULL);
ALTER TABLE public.change_log OWNER TO engarde_owner;
GRANT SELECT ON public.change_log TO engarde_user, langflow_app;
CREATE FUNCTION public.log_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO public.change_log (entry) VALUES (to_jsonb(NEW));
    RETURN NEW;
END
$$;
CREATE TRIGGER log_change AFTER INSERT OR UPDATE ON public.campaigns FOR EACH ROW EXECUTE FUNCTION public.log_change();
