-- id: R01-backend-cache-key-cut
-- channel: R01
-- scope: backend
-- doc: view, then tenant, and the key is cut at 64 signs
-- apply
mutant = cache_key_cut
