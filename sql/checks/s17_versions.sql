-- channel: S17
-- severity: note
-- units: database
-- doc: server versions with known leaks; distributions may have mended them without another version
SELECT 'PostgreSQL ' || current_setting('server_version'), '', 'is older than the version that mends ' || a.advisory, a.what, 'install PostgreSQL ' || a.major || '.' || a.minor || ' or later'
FROM (VALUES
    ('CVE-2023-2455', 15, 3, 'policies of the wrong user when a function is inlined'),
    ('CVE-2023-39418', 15, 4, 'MERGE passes by UPDATE and SELECT policies'),
    ('CVE-2024-0985', 15, 6, 'REFRESH MATERIALIZED VIEW CONCURRENTLY runs a caller''s function'),
    ('CVE-2024-7348', 15, 8, 'pg_dump runs a caller''s code'),
    ('CVE-2024-10976', 15, 9, 'policies below sub-queries go by the user of an earlier plan'),
    ('CVE-2024-10978', 15, 9, 'SET ROLE reaches a wrong role'),
    ('CVE-2025-8713', 15, 14, 'the planner''s statistics show rows that policies hide'),
    ('CVE-2024-10976', 16, 5, 'policies below sub-queries go by the user of an earlier plan'),
    ('CVE-2025-8713', 16, 10, 'the planner''s statistics show rows that policies hide'),
    ('CVE-2024-10976', 17, 1, 'policies below sub-queries go by the user of an earlier plan'),
    ('CVE-2025-8713', 17, 6, 'the planner''s statistics show rows that policies hide'),
    ('CVE-2024-10976', 14, 14, 'policies below sub-queries go by the user of an earlier plan'),
    ('CVE-2025-8713', 14, 19, 'the planner''s statistics show rows that policies hide')
) AS a(advisory, major, minor, what)
WHERE current_setting('server_version_num')::int / 10000 = a.major
  AND current_setting('server_version_num')::int % 10000 < a.minor
ORDER BY a.minor
