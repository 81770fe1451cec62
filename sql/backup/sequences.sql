-- Where each sequence stands: one that is behind gives numbers out again.
SELECT schemaname || '.' || sequencename AS sequence_name, COALESCE(last_value, 0) AS last_value
FROM pg_catalog.pg_sequences
ORDER BY 1;
