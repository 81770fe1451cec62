-- id: S08-aggregate
-- channel: S08
-- scope: database
-- doc: an aggregate's final function reads a table with its owner's rights
-- apply
CREATE FUNCTION public.share_of_platform(state numeric) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
    AS $$ SELECT round(state * 1000000 / (SELECT NULLIF(sum(amount), 0) FROM public.deals), 9) $$;
CREATE AGGREGATE public.platform_share(numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '1', FINALFUNC = public.share_of_platform);
