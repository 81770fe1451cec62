-- id: S02-bypass-for-a-report
-- channel: S02
-- scope: cluster
-- doc: the backend got BYPASSRLS because a report across tenants came back empty
-- apply
ALTER ROLE engarde_user BYPASSRLS;
-- undo
ALTER ROLE engarde_user NOBYPASSRLS;
