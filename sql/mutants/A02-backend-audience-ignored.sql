-- id: A02-backend-audience-ignored
-- channel: A02
-- scope: backend
-- doc: tokens for another service are accepted
-- apply
mutant = audience_ignored
