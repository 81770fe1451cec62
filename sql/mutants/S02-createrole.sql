-- id: S02-createrole
-- channel: S02
-- scope: cluster
-- doc: the backend may make roles, for accounts of a customer's analysts; in PostgreSQL 15 it can then join any role that is no superuser's
-- apply
ALTER ROLE engarde_user CREATEROLE;
-- undo
ALTER ROLE engarde_user NOCREATEROLE;
