-- id: benign-generated-column
-- channel: S04
-- scope: database
-- doc: a generated column
-- benign: it is made from the row itself
-- apply
ALTER TABLE public.campaigns ADD COLUMN rest numeric GENERATED ALWAYS AS (budget - spent) STORED;
