-- id: S13-create-in-public
-- channel: S13
-- scope: database
-- doc: the backend may make objects in public, where all roles look names up
-- apply
GRANT CREATE ON SCHEMA public TO engarde_user;
