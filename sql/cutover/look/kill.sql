-- Ends the connection $1 of the script in the middle of whatever it does.
SELECT pg_terminate_backend($1);
