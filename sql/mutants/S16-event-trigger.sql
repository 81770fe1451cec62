-- id: S16-event-trigger
-- channel: S16
-- scope: database
-- doc: an event trigger opens each new table to the backend
-- apply
CREATE FUNCTION public.open_new_tables() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE' LOOP
        EXECUTE format('GRANT SELECT ON %s TO engarde_user', made.object_identity);
    END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION public.open_new_tables() FROM PUBLIC;
CREATE EVENT TRIGGER open_new_tables ON ddl_command_end EXECUTE FUNCTION public.open_new_tables();
