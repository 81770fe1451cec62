-- id: A02-backend-remembered-by-signature
-- channel: A02
-- scope: backend
-- doc: verified tokens are remembered by their signature alone
-- apply
mutant = remembered_by_signature
