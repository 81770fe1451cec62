-- id: A01-backend-flow-remembered-by-id
-- channel: A01
-- scope: backend
-- doc: GET of a flow is answered from what the process has seen, by its id
-- apply
mutant = flow_remembered_by_id
