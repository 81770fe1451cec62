-- id: A01-backend-batch-memoised
-- channel: A01
-- scope: backend
-- doc: the batch takes campaigns that the process has seen, by their ids
-- apply
mutant = batch_memoised
