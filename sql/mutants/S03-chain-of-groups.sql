-- id: S03-chain-of-groups
-- channel: S03
-- scope: cluster
-- doc: a group for support leads from the backend to the migrator and on to the owner
-- apply
CREATE ROLE support_team NOLOGIN;
GRANT engarde_migrator TO support_team;
GRANT support_team TO engarde_user;
-- undo
DROP ROLE IF EXISTS support_team;
