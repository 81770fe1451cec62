-- id: S10-log-of-statements
-- channel: S10
-- scope: database
-- doc: a trigger for each statement copies what was deleted into a waste bin that everybody may look into
-- apply
CREATE TABLE public.waste_bin (name text, was jsonb);
ALTER TABLE public.waste_bin OWNER TO engarde_owner;
GRANT SELECT ON public.waste_bin TO engarde_user;
CREATE FUNCTION public.keep_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO public.waste_bin SELECT TG_TABLE_NAME, to_jsonb(g) FROM gone AS g;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_deleted AFTER DELETE ON public.documents REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.keep_deleted();
