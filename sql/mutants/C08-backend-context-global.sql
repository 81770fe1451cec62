-- id: C08-backend-context-global
-- channel: C08
-- scope: backend
-- doc: the tenant stands in one place for all requests of the process
-- apply
mutant = context_global
