-- id: S12-publication
-- channel: S12
-- scope: database
-- doc: a publication of all tables, made for a trial of a data warehouse
-- apply
CREATE PUBLICATION warehouse FOR ALL TABLES;
