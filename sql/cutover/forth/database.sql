-- The database belongs to the administrator again; bootstrap/hardened/database.sql then says who may what.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO CURRENT_USER', current_database());
END
$$;
