-- The statement that makes the database named by $1, put together by the server so that
-- the name is quoted by the one who reads it. template0: nothing of this cluster's
-- template1 may come along.
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8''', $1::text);
