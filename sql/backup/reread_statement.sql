-- The statement that gives table $1 a check with the definition $2, to see how the server writes it down: what was made by another text
-- once, restored, may read otherwise and mean the same.
SELECT format('ALTER TABLE %s ADD CONSTRAINT bulkhead_reread %s NOT VALID', $1::text::regclass, $2::text);
