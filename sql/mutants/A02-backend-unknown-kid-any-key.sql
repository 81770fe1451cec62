-- id: A02-backend-unknown-kid-any-key
-- channel: A02
-- scope: backend
-- doc: where the key is unknown or not named, any key will do
-- apply
mutant = unknown_kid_any_key
