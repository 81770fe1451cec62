-- The cutover stays: what a rollback would have needed goes. There is no way back from here but a backup.
DROP SCHEMA IF EXISTS cutover CASCADE;
