-- id: A02-backend-issuer-ignored
-- channel: A02
-- scope: backend
-- doc: tokens of another issuer are accepted
-- apply
mutant = issuer_ignored
