-- id: A02-backend-expiry-ignored
-- channel: A02
-- scope: backend
-- doc: expired tokens are accepted
-- apply
mutant = expiry_ignored
