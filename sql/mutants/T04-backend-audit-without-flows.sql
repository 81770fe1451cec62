-- id: T04-backend-audit-without-flows
-- channel: T04
-- scope: backend
-- doc: the list of flows leaves no entry
-- apply
mutant = audit_without_flows
