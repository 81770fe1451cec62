-- id: A01-backend-workflow-by-id-alone
-- channel: A01
-- scope: backend
-- doc: of a nested route the parent is checked, the workflow is any that was seen
-- apply
mutant = workflow_by_id_alone
