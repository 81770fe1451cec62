-- id: R03-backend-cache-never-expires
-- channel: R03
-- scope: backend
-- doc: what is cached has no end
-- apply
mutant = cache_never_expires
