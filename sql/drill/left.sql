-- The databases whose names begin with $1: what a drill that was killed has left.
SELECT datname FROM pg_database WHERE starts_with(datname, $1);
