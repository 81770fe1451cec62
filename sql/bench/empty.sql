-- Empties the tables that are filled anew for each measurement of seeding, and what refers to them. For a stack that is thrown away.
TRUNCATE public.campaigns, langflow.transaction CASCADE;
