-- id: benign-column-added
-- channel: S04
-- scope: database
-- doc: a column with a default
-- benign: policies go by rows
-- apply
ALTER TABLE public.leads ADD COLUMN priority integer NOT NULL DEFAULT 0;
