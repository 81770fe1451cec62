-- id: A01-backend-context-on-session
-- channel: A01
-- scope: backend
-- doc: the tenant is set on the session; GET of a campaign doesn't set it
-- apply
mutant = context_on_session
