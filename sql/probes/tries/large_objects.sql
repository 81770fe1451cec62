-- channel: S16
-- expect: refused 42501
-- what: reads the pages of all large objects
-- mend: REVOKE SELECT ON pg_catalog.pg_largeobject FROM PUBLIC, {role};
SELECT count(*) FROM pg_catalog.pg_largeobject
