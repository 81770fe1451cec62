-- id: S14-passes-it-on
-- channel: S14
-- scope: database
-- doc: the backend got a right with the option to grant it to others
-- apply
GRANT SELECT ON public.campaigns TO engarde_user WITH GRANT OPTION;
