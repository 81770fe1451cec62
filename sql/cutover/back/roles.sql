-- The roles that the cutover has made go, the others get back what they had. Last of all, what it remembered goes.
BEGIN;

DO $$
DECLARE
    item    record;
    setting text;
BEGIN
    FOR item IN SELECT * FROM cutover.roles ORDER BY name LOOP
        IF NOT item.there THEN
            IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = item.name) THEN
                EXECUTE format('REASSIGN OWNED BY %I TO CURRENT_USER', item.name); -- an audit trail that stays
                EXECUTE format('DROP OWNED BY %I', item.name);
                EXECUTE format('DROP ROLE %I', item.name);
            END IF;
            CONTINUE;
        END IF;
        EXECUTE format('ALTER ROLE %I %s', item.name, CASE WHEN item.inherits THEN 'INHERIT' ELSE 'NOINHERIT' END);
        EXECUTE format('ALTER ROLE %I RESET ALL', item.name);
        FOREACH setting IN ARRAY COALESCE(item.settings, '{}') LOOP
            PERFORM set_config(split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1), true);
            EXECUTE format('ALTER ROLE %I SET %I FROM CURRENT', item.name, split_part(setting, '=', 1));
        END LOOP;
        EXECUTE format('COMMENT ON ROLE %I IS %L', item.name, item.comment);
    END LOOP;
END
$$;

DROP SCHEMA cutover CASCADE;

COMMIT;
