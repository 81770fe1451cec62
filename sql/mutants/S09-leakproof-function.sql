-- id: S09-leakproof-function
-- channel: S09
-- scope: database
-- doc: a cheap function was marked LEAKPROOF for the sake of an index; it says in a notice what it sees
-- apply
CREATE FUNCTION public.looks_odd(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE LEAKPROOF COST 0.0000001 AS $$
BEGIN
    RAISE NOTICE 'odd: %', value;
    RETURN true;
END
$$;
GRANT EXECUTE ON FUNCTION public.looks_odd(text) TO engarde_user;
