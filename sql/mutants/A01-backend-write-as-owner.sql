-- id: A01-backend-write-as-owner
-- channel: A01
-- scope: backend
-- doc: PATCH and DELETE act for the tenant that the campaign was last seen with
-- apply
mutant = write_as_owner
