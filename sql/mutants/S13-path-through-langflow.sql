-- id: S13-path-through-langflow
-- channel: S13
-- scope: database
-- doc: the backend's search path goes through langflow first, where Langflow's role can put a table in front
-- apply
DO $$
BEGIN
    EXECUTE format('ALTER ROLE engarde_user IN DATABASE %I SET search_path = langflow, public', current_database());
END
$$;
