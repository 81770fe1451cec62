-- id: S03-becomes-monitoring
-- channel: S03
-- scope: cluster
-- doc: the backend joined the role of monitoring, whose policies show every row
-- apply
GRANT audit_user TO engarde_user;
-- undo
REVOKE audit_user FROM engarde_user;
