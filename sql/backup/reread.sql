-- How the server writes that check down.
SELECT pg_get_constraintdef(oid)
FROM pg_catalog.pg_constraint
WHERE conrelid = $1::text::regclass AND conname = 'bulkhead_reread';
