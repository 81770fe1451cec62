-- $1 id of the flow
SELECT id, user_id, name, description, data, updated_at
FROM langflow.flow
WHERE id = $1
