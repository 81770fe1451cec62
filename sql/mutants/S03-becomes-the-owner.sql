-- id: S03-becomes-the-owner
-- channel: S03
-- scope: cluster
-- doc: the backend joined the owner's role so that it can run its migrations at its start
-- apply
GRANT engarde_owner TO engarde_user;
-- undo
REVOKE engarde_owner FROM engarde_user;
