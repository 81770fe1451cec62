-- channel: S12
-- expect: refused 42501
-- what: makes replication slots, by which it could read all tenants' changes
-- mend: ALTER ROLE {role} NOREPLICATION;
SELECT pg_catalog.pg_create_physical_replication_slot('bulkhead_try', false, true)
