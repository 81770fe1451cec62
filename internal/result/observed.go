package result

// Observed is what the servers told of themselves while the load ran, sampled each second beside it, warm-up left out. What could not
// be had is nil or empty and stands in NotMeasured with its reason; it never decides a run by itself.
type Observed struct {
	Samples     int            `json:"samples"`
	Pooler      *PoolerUse     `json:"pooler,omitempty"`
	Postgres    *PostgresUse   `json:"postgres,omitempty"`
	Statements  []SQLStatement `json:"statements,omitempty"` // the ten that took most time together, first the most
	IntervalLog string         `json:"interval_log,omitempty"`
	NotMeasured []NotMeasured  `json:"not_measured,omitempty"`
}

// NotMeasured is a figure that is missing, and why.
type NotMeasured struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// PoolerUse is PgBouncer's console. Each role has a pool of its own; the shares are of the fullest.
type PoolerUse struct {
	Samples            int        `json:"samples"`
	ServersUsePeak     float64    `json:"servers_use_share_peak"` // server connections at work, of the pool's size and its reserve
	ServersUseMean     float64    `json:"servers_use_share_mean"`
	ClientsWaitingPeak int64      `json:"clients_waiting_peak"`
	LongestWaitMillis  float64    `json:"longest_wait_ms"` // of a client in the queue, as sampled
	Transactions       int64      `json:"transactions"`
	WaitMeanMillis     float64    `json:"wait_mean_ms"` // a transaction's mean wait for a server connection
	Pools              []PoolRole `json:"pools"`
}

// PoolRole is the pool of one role.
type PoolRole struct {
	Role               string  `json:"role"`
	Size               int64   `json:"size"` // with the reserve
	ClientsActivePeak  int64   `json:"clients_active_peak"`
	ClientsActiveMean  float64 `json:"clients_active_mean"`
	ClientsWaitingPeak int64   `json:"clients_waiting_peak"`
	ServersActivePeak  int64   `json:"servers_active_peak"`
	ServersActiveMean  float64 `json:"servers_active_mean"`
	ServersIdleMean    float64 `json:"servers_idle_mean"`
}

// PostgresUse is PostgreSQL's own statistics over the load: the difference of two readings. Backends report with up to a second of delay,
// so counts are exact to a second of load; the hit rate is of blocks that were found in the server's own buffers.
type PostgresUse struct {
	ConnectionsPeak      int64    `json:"connections_peak"`
	ConnectionsMean      float64  `json:"connections_mean"`
	BusyPeak             int64    `json:"connections_busy_peak"`
	ConnectionsMax       int64    `json:"connections_max"` // max_connections
	ConnectionsPeakShare float64  `json:"connections_share_peak"`
	Counters             *PGDelta `json:"counters,omitempty"`
}

// PGDelta is how far PostgreSQL's counters went.
type PGDelta struct {
	BlocksHit      int64    `json:"blocks_hit"`
	BlocksRead     int64    `json:"blocks_read"`
	BufferHitShare *float64 `json:"buffer_hit_share"` // null where no block was asked for
	Commits        int64    `json:"commits"`
	Rollbacks      int64    `json:"rollbacks"`
	Deadlocks      int64    `json:"deadlocks"`
	TempFiles      int64    `json:"temp_files"`
	TempBytes      int64    `json:"temp_bytes"`
	WALBytes       int64    `json:"wal_bytes"` // of the whole server
}

// SQLStatement is one statement as pg_stat_statements counts it; PostgreSQL has taken the values out of its text.
type SQLStatement struct {
	Role           string   `json:"role"`
	Query          string   `json:"query"`
	Calls          int64    `json:"calls"`
	TotalMillis    float64  `json:"total_ms"`
	MeanMillis     float64  `json:"mean_ms"`
	Rows           int64    `json:"rows"`
	BufferHitShare *float64 `json:"buffer_hit_share"`
}

// Disturbance is a fault that the scenario scheduled, and what became of it. Seconds count from the end of warm-up.
type Disturbance struct {
	Fault          string  `json:"fault"`
	Doc            string  `json:"doc"`
	AtSeconds      float64 `json:"at_s"`
	ForSeconds     float64 `json:"for_s"`
	StartedSeconds float64 `json:"started_s"`
	InForceSeconds float64 `json:"in_force_s"` // when its effect was complete
	EndedSeconds   float64 `json:"ended_s"`    // when it began to be undone
	BackSeconds    float64 `json:"back_s"`     // when what it took away was there again
	Done           bool    `json:"done"`
	Note           string  `json:"note,omitempty"`
	Error          string  `json:"error,omitempty"`
}

// Settlement is the ledger held against the database after the load, as superuser: what was acknowledged must be there as it was written,
// what the database refused may not be, and writes without an answer may be either.
type Settlement struct {
	Acknowledged   int64  `json:"acknowledged"`
	Verified       int64  `json:"verified"` // of the acknowledged: there once, every column as written
	Lost           int64  `json:"lost"`     // of the acknowledged: not there
	Altered        int64  `json:"altered"`  // of the acknowledged: there more than once, or with another value
	Refused        int64  `json:"refused"`
	RefusedThere   int64  `json:"refused_there"` // refused, and there all the same
	UnansweredKept int64  `json:"unanswered_kept"`
	UnansweredLost int64  `json:"unanswered_lost"`
	Tables         int    `json:"tables"`
	NotSettled     string `json:"not_settled,omitempty"` // why the ledger could not be held against the database
}
