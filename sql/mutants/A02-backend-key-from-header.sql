-- id: A02-backend-key-from-header
-- channel: A02
-- scope: backend
-- doc: a key in the token's own header is believed
-- apply
mutant = key_from_header
