-- id: benign-unrelated-schema
-- channel: S13
-- scope: database
-- doc: a schema for another purpose, which no application may enter
-- benign: no role of the target has a right on it
-- apply
CREATE SCHEMA maintenance;
CREATE TABLE maintenance.jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, done boolean NOT NULL DEFAULT false);
