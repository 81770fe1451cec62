-- channel: S14
-- expect: refused 42501
-- what: switches triggers and foreign keys off by session_replication_role
-- mend: REVOKE SET ON PARAMETER session_replication_role FROM PUBLIC, {role};
SET LOCAL session_replication_role = replica
