package result

// Objectives are the limits of the whole run; nil where the scenario sets none.
type Objectives struct {
	DropsMax    int64    `json:"drops_max"` // dropped and abandoned executions together
	CacheHitMin *float64 `json:"cache_hit_share_min,omitempty"`
	PoolUseMax  *float64 `json:"pool_use_share_max,omitempty"` // held against the peak

	Judged []Objective `json:"judged,omitempty"` // what came of each; of a load that ended early, and in older documents, there is none
}

// Objective is one limit and what came of it.
type Objective struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	Why    string `json:"why"`
}

// Pool is how far the connections of the pooler to the server were used during the load; nil where it was not measured.
type Pool struct {
	UsePeak    float64 `json:"use_share_peak"` // of the connections that it may open, 0 to 1
	UseMean    float64 `json:"use_share_mean"`
	WaitingMax int64   `json:"waiting_max"` // clients that waited for one at a time
}

// CacheHits are look-ups in the application's cache (Redis) during the load; nil where they were not measured.
type CacheHits struct {
	Hits   int64 `json:"hits"`
	Misses int64 `json:"misses"`
}

// Share is the part of the look-ups that hit; ok is false where there was none.
func (c *CacheHits) Share() (share float64, ok bool) {
	if c == nil || c.Hits+c.Misses == 0 {
		return 0, false
	}
	return float64(c.Hits) / float64(c.Hits+c.Misses), true
}

// StageLoad is one stage of a load whose rate changes, over all operations. A window of a second belongs to the stage in which it begins.
type StageLoad struct {
	FromSecond      float64 `json:"from_s"` // after the end of warm-up
	Seconds         float64 `json:"seconds"`
	StartsPerSecond float64 `json:"starts_per_s"` // the rate at its beginning
	EndsPerSecond   float64 `json:"ends_per_s"`
	Count           int64   `json:"count"`
	Errors          int64   `json:"errors"`
	OverTarget      int64   `json:"over_target"`
	P95             float64 `json:"p95_ms"`
	Max             float64 `json:"max_ms"`
}

// Class is the tenants of like size. Times are of responses, to two digits.
type Class struct {
	OpClass
	Tenants int   `json:"tenants"`
	RowsMin int64 `json:"rows_min"` // seeded rows of its smallest tenant, over all tables
	RowsMax int64 `json:"rows_max"`
}

// OpClass is the executions for the tenants of one class.
type OpClass struct {
	Name       string  `json:"name"`
	Count      int64   `json:"count"`
	P50        float64 `json:"p50_ms"`
	P95        float64 `json:"p95_ms"`
	Max        float64 `json:"max_ms"`
	OverTarget int64   `json:"over_target"`
}

// Tenants is how the load fell on the tenants, over all operations.
type Tenants struct {
	Served      int          `json:"served"`   // tenants with at least one answer
	Fairness    float64      `json:"fairness"` // of the mean response times of those served: 1 if all are the same, 1/served if one takes all the time
	CountMin    int64        `json:"count_min"`
	CountMax    int64        `json:"count_max"`
	WorstByMax  []TenantLoad `json:"worst_by_max"`  // ten at most
	WorstByOver []TenantLoad `json:"worst_by_over"` // ten at most; those with none over the target are left out
}

// TenantLoad is one tenant's part.
type TenantLoad struct {
	Tenant     string  `json:"tenant"`
	Class      string  `json:"class"`
	Rows       int64   `json:"rows"` // seeded
	Count      int64   `json:"count"`
	Errors     int64   `json:"errors"`
	OverTarget int64   `json:"over_target"`
	SumMillis  float64 `json:"sum_ms"`
	MaxMillis  float64 `json:"max_ms"`
}
