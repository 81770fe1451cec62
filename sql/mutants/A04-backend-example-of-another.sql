-- id: A04-backend-example-of-another
-- channel: A04
-- scope: backend
-- doc: a malformed request is answered with a real example
-- apply
mutant = example_of_another
