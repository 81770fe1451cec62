-- id: S15-row-security-off
-- channel: S15
-- scope: database
-- doc: row_security is off for Langflow's role, so what it reads under policies fails
-- apply
DO $$
BEGIN
    EXECUTE format('ALTER ROLE langflow_app IN DATABASE %I SET row_security = off', current_database());
END
$$;
