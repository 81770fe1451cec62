-- id: A02-backend-kid-as-path
-- channel: A02
-- scope: backend
-- doc: an unknown kid is read as a file, whose content is the secret
-- apply
mutant = kid_as_path
