-- id: R01-backend-cache-key-qualified-by-caller
-- channel: R01
-- scope: backend
-- doc: a view with a colon is taken for a whole key
-- apply
mutant = cache_key_qualified_by_caller
