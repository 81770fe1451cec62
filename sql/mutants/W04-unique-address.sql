-- id: W04-unique-address
-- channel: W04
-- scope: database
-- doc: an address must be unique among all tenants: the refusal tells that another one has it
-- apply
ALTER TABLE public.contacts ADD CONSTRAINT contacts_email_unique UNIQUE (email);
