-- id: S01-owner-may-switch-off
-- channel: S01
-- scope: database
-- doc: the backend owns a table; forced row security holds until it switches it off itself
-- apply
ALTER TABLE public.webhooks OWNER TO engarde_user;
