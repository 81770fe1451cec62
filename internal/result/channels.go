package result

import "slices"

// Channel is a way by which one tenant's data can reach another. Ids are stable.
type Channel struct {
	ID  string
	Doc string
	// Not says why this version can't check it; "" where a check, a probe or the load does.
	Not string
	// Residual is what the design leaves open whatever is checked.
	Residual string
}

const oneServer = "this stack is one PostgreSQL without replicas or shards"

// Channels are all that bulkhead knows, in the order of reports.
var Channels = []Channel{
	{ID: "S01", Doc: "a table's owner passes its policies because they aren't forced"},
	{ID: "S02", Doc: "an application's role is a superuser or has BYPASSRLS"},
	{ID: "S03", Doc: "a role can become an owner, a superuser or a reader of everything"},
	{ID: "S04", Doc: "a tenant table has no row security: forgotten, cloned, a partition"},
	{ID: "S05", Doc: "a second permissive policy lets more through; policies add up"},
	{ID: "S06", Doc: "a policy's condition is open for NULL, empty, malformed or special values"},
	{ID: "S07", Doc: "a view or materialized view reads with its owner's rights"},
	{ID: "S08", Doc: "a SECURITY DEFINER function returns others' rows"},
	{ID: "S09", Doc: "a user-made LEAKPROOF function sees rows before the policy does"},
	{ID: "S10", Doc: "triggers or rules copy rows to where no policy is"},
	{ID: "S11", Doc: "foreign tables, dblink, untrusted languages, files on the server"},
	{ID: "S12", Doc: "replication, slots, publications"},
	{ID: "S13", Doc: "the search path: objects placed in front of the real ones"},
	{ID: "S14", Doc: "grants wider than the declared matrix"},
	{ID: "S15", Doc: "a tenant or row_security set on a role or database"},
	{ID: "S16", Doc: "large objects, event triggers, extensions that open files"},
	{ID: "S17", Doc: "server versions with known leaks"},
	{ID: "W01", Doc: "inserting for, or moving a row to, another tenant"},
	{ID: "W02", Doc: "updating or deleting another tenant's rows"},
	{ID: "W03", Doc: "TRUNCATE, ON CONFLICT, MERGE, COPY"},
	{ID: "W04", Doc: "a unique key without the tenant tells that a value exists"},
	{ID: "W05", Doc: "a foreign key without the tenant tells, blocks or cascades"},
	{ID: "W06", Doc: "error texts, estimates, aggregates, statistics",
		Residual: "counts in statistics views and the planner's estimates are of all tenants together"},
	{ID: "W07", Doc: "notifications, advisory locks, sequences, guessable ids",
		Residual: "advisory locks have one key space for all tenants"},
	{ID: "C01", Doc: "no tenant set, or an empty, malformed or foreign one",
		Residual: "the setting is context, not authentication: whoever runs SQL as the application can set any tenant"},
	{ID: "C02", Doc: "tenant set outside a transaction, in savepoints, over a session's"},
	{ID: "C03", Doc: "a session's setting through transaction pooling"},
	{ID: "C04", Doc: "what a client leaves on a pooled connection"},
	{ID: "C05", Doc: "an error or kill in mid-transaction, then reuse"},
	{ID: "C06", Doc: "cached plans across tenants and roles"},
	{ID: "C07", Doc: "connection options that get past the pooler"},
	{ID: "C08", Doc: "concurrent requests in one process mix their tenants"},
	{ID: "A01", Doc: "another tenant's object asked for by id over HTTP"},
	{ID: "A02", Doc: "tokens: none, altered, expired, of another key or algorithm"},
	{ID: "A03", Doc: "a tenant in header, query or body wins over the token"},
	{ID: "A04", Doc: "error bodies, debug pages, cross-origin reads"},
	{ID: "A05", Doc: "SQL injection"},
	{ID: "L01", Doc: "Langflow's objects of another user by id, hidden routes too"},
	{ID: "L02", Doc: "Langflow's automatic login, public flows, open endpoints"},
	{ID: "L03", Doc: "custom components run with the server's credentials"},
	{ID: "L04", Doc: "a component trusts a tenant that its caller names"},
	{ID: "L05", Doc: "Langflow versions with known advisories"},
	{ID: "R01", Doc: "a cache key without the tenant"},
	{ID: "R02", Doc: "listing keys, scripts, publish and subscribe"},
	{ID: "R03", Doc: "cached data outlives a tenant's deletion or change"},
	{ID: "T01", Doc: "a replica serves what was revoked or removed", Not: oneServer},
	{ID: "T02", Doc: "sharding: the tenant isn't carried to the shards", Not: oneServer},
	{ID: "T03", Doc: "backup and restore lose policies, owners or rows", Not: "the database is dumped, restored and compared in runs whose scenario says `backup: true`"},
	{ID: "T04", Doc: "the audit trail altered, read, or incomplete"},
	{ID: "T05", Doc: "a removed tenant leaves rows, keys or files", Not: "a tenant is removed at the end of runs on a stack of their own whose scenario says `removal: true`, and by attack --remove-tenant"},
	{ID: "N01", Doc: "one tenant's load slows another", Not: "shown by size of tenant, not judged yet"},
	{ID: "N02", Doc: "locks and connections: one tenant starves others", Not: "not tried yet"},
}

// ChannelNamed finds a channel; ok is false for an id that bulkhead doesn't know, as a team's own may be.
func ChannelNamed(id string) (c Channel, ok bool) {
	i := slices.IndexFunc(Channels, func(c Channel) bool { return c.ID == id })
	if i < 0 {
		return Channel{ID: id}, false
	}
	return Channels[i], true
}

// Coverage is all that was done about one channel.
type Coverage struct {
	Channel    string  `json:"channel"`
	Doc        string  `json:"doc"`
	How        []How   `json:"how"`
	Units      int64   `json:"units"`       // of probes and load; what the catalog proved has none
	Hits       int64   `json:"hits"`        //
	UpperBound float64 `json:"upper_bound"` // the weakest of its checks; 0 where there is none
	Mutants    int     `json:"mutants"`     // of the last drill of this target
	Killed     int     `json:"killed"`
	Drilled    bool    `json:"drilled"` // a drill of this target is known
	Status     Status  `json:"status"`
	Why        string  `json:"why,omitempty"`
	Residual   string  `json:"residual,omitempty"`
}
