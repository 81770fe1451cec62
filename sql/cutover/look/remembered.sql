-- Whether the cutover has begun and is not finished.
SELECT to_regclass('cutover.tables') IS NOT NULL;
