-- id: A05-backend-search-concatenated
-- channel: A05
-- scope: backend
-- doc: search is part of the statement
-- apply
mutant = search_concatenated
