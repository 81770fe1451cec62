-- The statement that reads the Alembic revisions recorded in schema $1; no row where none are
-- kept there. In two steps, because a statement that names a missing table fails as a whole.
SELECT format('SELECT version_num FROM %I.alembic_version ORDER BY version_num', $1::text)
WHERE to_regclass(format('%I.alembic_version', $1::text)) IS NOT NULL;
