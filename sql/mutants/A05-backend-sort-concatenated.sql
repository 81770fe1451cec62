-- id: A05-backend-sort-concatenated
-- channel: A05
-- scope: backend
-- doc: sort and order are part of the statement
-- apply
mutant = sort_concatenated
