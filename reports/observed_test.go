package reports

import (
	"bytes"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestObserved(t *testing.T) {
	r := healthy()
	hit := 0.99123
	r.Load.Ops = []result.Op{{Name: "read", Windows: []result.Window{{Second: 5, Count: 10, Max: 4}, {Second: 6, Count: 95, Errors: 3, Max: 3001.2}, {Second: 9, Count: 1, Max: 9000}}}}
	r.Faults = []result.Disturbance{{Fault: "pooler_pause", Doc: "PgBouncer is paused", AtSeconds: 6, ForSeconds: 2, StartedSeconds: 6, BackSeconds: 8.01, Done: true},
		{Fault: "postgres_crash", AtSeconds: 12, Error: "PostgreSQL isn't up"}}
	r.Isolation.Ledger = &result.Settlement{Acknowledged: 1546, Verified: 1545, Lost: 1, Refused: 78, UnansweredKept: 2, UnansweredLost: 3, Tables: 1}
	r.Observed = &result.Observed{Samples: 14, IntervalLog: "latency.hlog",
		Pooler: &result.PoolerUse{ServersUsePeak: 0.2333, ServersUseMean: 0.05, ClientsWaitingPeak: 16, LongestWaitMillis: 2999.4, WaitMeanMillis: 15.7},
		Postgres: &result.PostgresUse{ConnectionsPeak: 17, ConnectionsMax: 200, ConnectionsMean: 8.86,
			Counters: &result.PGDelta{BufferHitShare: &hit, WALBytes: 2575216}},
		Statements: []result.SQLStatement{{Role: "engarde_user", Calls: 1451, TotalMillis: 267.9, MeanMillis: 0.1846, Rows: 1451, BufferHitShare: &hit,
			Query: "INSERT INTO public.campaigns (id, tenant_id, name, status, objective, budget, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"}},
		NotMeasured: []result.NotMeasured{{What: "counters of PgBouncer", Why: "connection refused"}}}
	var got bytes.Buffer
	p := &printer{w: &got}
	observed(p, r)
	if p.err != nil {
		t.Fatal(p.err)
	}
	golden(t, "observed", got.String())
}
