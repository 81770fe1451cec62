// Package facts holds, in its tests, what PostgreSQL, PgBouncer and Redis really do where tenants are kept apart by row-level security. Checks and
// probes rely on each of these; each is shown on a real server, so that a new version which behaves otherwise is noticed. It has no code of
// its own and nothing imports it.
package facts
