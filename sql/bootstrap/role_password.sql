-- The statement that gives role $1 the password $2, put together by the server. Its result
-- is run at once and never shown.
SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text);
