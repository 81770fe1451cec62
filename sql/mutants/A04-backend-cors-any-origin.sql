-- id: A04-backend-cors-any-origin
-- channel: A04
-- scope: backend
-- doc: every origin may read answers, with credentials
-- apply
mutant = cors_any_origin
