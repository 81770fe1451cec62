-- id: C08-backend-context-on-session
-- channel: C08
-- scope: backend
-- doc: the tenant is set on the session; GET of a campaign doesn't set it
-- apply
mutant = context_on_session
