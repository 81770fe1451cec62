-- id: S02-superuser-for-a-migration
-- channel: S02
-- scope: cluster
-- doc: Langflow's role was made a superuser for an upgrade that needed an extension
-- apply
ALTER ROLE langflow_app SUPERUSER;
-- undo
ALTER ROLE langflow_app NOSUPERUSER;
