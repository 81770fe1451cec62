-- id: S13-everybody-creates
-- channel: S13
-- scope: database
-- doc: PUBLIC may make objects in public, as before PostgreSQL 15
-- apply
GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
