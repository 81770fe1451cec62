-- id: W04-unique-expression
-- channel: W04
-- scope: database
-- doc: a unique index on an expression, for sign-in by address
-- apply
CREATE UNIQUE INDEX users_sign_in ON public.users (lower(email));
