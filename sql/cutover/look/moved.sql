-- How far the cutover is: tables of application $1 that are moved, all of them, and locks asked for. Both applications where it is NULL.
SELECT count(*) FILTER (WHERE moved), count(*), COALESCE(sum(tries), 0)
FROM cutover.tables WHERE application = $1 OR $1::text IS NULL;
