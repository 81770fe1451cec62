-- id: A02-backend-algorithm-confusion
-- channel: A02
-- scope: backend
-- doc: a token that says HS256 is checked with the public key as secret
-- apply
mutant = algorithm_confusion
