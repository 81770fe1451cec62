-- One script at a time: a second waits until the first one's connection has ended.
SELECT pg_advisory_lock(hashtextextended('bulkhead cutover', 0));
