-- id: S13-temporary-tables
-- channel: S13
-- scope: database
-- doc: temporary tables are allowed again; they come first in every look-up and stay on a pooled connection
-- apply
DO $$
BEGIN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
END
$$;
