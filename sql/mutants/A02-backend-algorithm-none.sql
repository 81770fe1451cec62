-- id: A02-backend-algorithm-none
-- channel: A02
-- scope: backend
-- doc: a token that says alg none needs no signature
-- apply
mutant = algorithm_none
