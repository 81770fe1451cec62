-- id: T04-backend-audit-without-flow
-- channel: T04
-- scope: backend
-- doc: a flow by its id leaves no entry
-- apply
mutant = audit_without_flow
