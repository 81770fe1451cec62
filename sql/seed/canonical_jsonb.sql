-- A JSON text as jsonb keeps it: keys sorted, blanks its own.
SELECT $1::text::jsonb::text;
