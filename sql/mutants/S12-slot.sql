-- id: S12-slot
-- channel: S12
-- scope: cluster
-- doc: a replication slot that nobody knows of any more
-- apply
SELECT pg_create_physical_replication_slot('old_standby');
-- undo
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'old_standby';
