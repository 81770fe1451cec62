-- id: S13-create-in-database
-- channel: S13
-- scope: database
-- doc: Langflow's role may make schemas in the database
-- apply
DO $$
BEGIN
    EXECUTE format('GRANT CREATE ON DATABASE %I TO langflow_app', current_database());
END
$$;
