-- id: S09-leakproof-operator
-- channel: S09
-- scope: database
-- doc: an operator of one's own stands on a LEAKPROOF function that fails with what it was given
-- apply
CREATE FUNCTION public.same_folded(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE LEAKPROOF COST 0.0000001 AS $$
BEGIN
    IF lower(a) IS DISTINCT FROM lower(b) THEN
        RAISE WARNING 'compared % with %', a, b;
    END IF;
    RETURN lower(a) = lower(b);
END
$$;
CREATE OPERATOR public.=~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.same_folded);
