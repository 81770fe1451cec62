-- id: T04-backend-audit-without-dashboard
-- channel: T04
-- scope: backend
-- doc: the dashboard leaves no entry
-- apply
mutant = audit_without_dashboard
