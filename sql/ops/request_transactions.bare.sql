-- The newest transactions that the backend can see when it asks for nobody's in particular.
SELECT id, flow_id, vertex_id, status, "timestamp"
FROM langflow.transaction
ORDER BY "timestamp" DESC
LIMIT 20
