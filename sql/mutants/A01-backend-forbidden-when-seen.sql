-- id: A01-backend-forbidden-when-seen
-- channel: A01
-- scope: backend
-- doc: PATCH and DELETE tell what exists (403) from what doesn't (404)
-- apply
mutant = forbidden_when_seen
