-- id: A02-backend-signature-not-verified
-- channel: A02
-- scope: backend
-- doc: the signature is not verified
-- apply
mutant = signature_not_verified
