package observe

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

// TestUnreachable holds that servers that aren't there cost figures and nothing else.
func TestUnreachable(t *testing.T) {
	const nowhere = "postgres://nobody:geheim@127.0.0.1:1/x?sslmode=disable&connect_timeout=1"
	w := Start(t.Context(), Sources{Pooler: nowhere, Postgres: nowhere, Database: "x"}, 0)
	time.Sleep(1200 * time.Millisecond)
	got := w.Stop(t.Context())
	if got.Pooler != nil || got.Postgres != nil || got.Statements != nil || len(got.NotMeasured) < 4 {
		t.Errorf("%+v", got)
	}
	for _, n := range got.NotMeasured {
		if n.Why == "" || strings.Contains(n.Why, "geheim") || strings.Contains(n.Why, "\n") {
			t.Errorf("%+v", n)
		}
	}
}

func TestStoppedBeforeItBegan(t *testing.T) {
	w := Start(t.Context(), Sources{Postgres: "postgres://127.0.0.1:1/x"}, time.Hour)
	if got := w.Stop(t.Context()); got.Samples != 0 || len(got.NotMeasured) == 0 {
		t.Errorf("%+v", got)
	}
}

func TestOneLine(t *testing.T) {
	const query = "-- what it is for\nSELECT  a,\n\tb\n-- why\n  FROM t\n"
	if got := oneLine(query); got != "SELECT a, b FROM t" {
		t.Errorf("%q", got)
	}
}

// TestRealServers drives a known number of known statements through a pooler, and holds what the servers say against it.
func TestRealServers(t *testing.T) {
	n := stacktest.Postgres(t, stack.PgBouncer)
	direct := n.DirectDSN("postgres", "postgres").Reveal()
	ctx := context.Background()
	super, err := pgx.Connect(ctx, direct)
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close(ctx)
	for _, q := range []string{"CREATE SCHEMA observe", "CREATE EXTENSION pg_stat_statements SCHEMA observe", "CREATE ROLE app LOGIN PASSWORD '" + n.Secrets.Role("app").Reveal() + "'",
		"CREATE TABLE t AS SELECT g AS id, repeat('x', 100) AS pad FROM generate_series(1, 5000) AS g", "GRANT SELECT, INSERT ON t TO app"} {
		if _, err := super.Exec(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.StartPgBouncer(ctx, "postgres", []string{"app"}); err != nil {
		t.Fatal(err)
	}
	w := Start(ctx, Sources{Pooler: n.Stack("postgres").Pooler.Admin.Reveal(), Postgres: direct, Database: "postgres"}, 300*time.Millisecond)
	time.Sleep(800 * time.Millisecond) // the first readings
	var clients sync.WaitGroup
	for range 3 {
		clients.Go(func() {
			c, err := pgx.Connect(ctx, n.PooledDSN("app", "postgres").Reveal())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close(ctx)
			for range 4 {
				if _, err := c.Exec(ctx, "SELECT count(*), pg_sleep(0.5) FROM t WHERE id > 100", pgx.QueryExecModeSimpleProtocol); err != nil {
					t.Error(err)
				}
			}
			if _, err := c.Exec(ctx, "INSERT INTO t SELECT 1, 'y' FROM generate_series(1, 10)", pgx.QueryExecModeSimpleProtocol); err != nil {
				t.Error(err)
			}
		})
	}
	clients.Wait()
	time.Sleep(1200 * time.Millisecond) // backends report once a second
	got := w.Stop(ctx)
	if len(got.NotMeasured) > 0 {
		t.Fatalf("not measured: %+v", got.NotMeasured)
	}
	pool := role(got.Pooler, "app")
	if pool == nil || pool.Size != 30 || pool.ServersActivePeak != 3 || pool.ClientsActivePeak != 3 || got.Pooler.Transactions != 15 || got.Pooler.ServersUsePeak != 0.1 {
		t.Errorf("pooler %+v\npool %+v", got.Pooler, pool)
	}
	if pg := got.Postgres; pg.ConnectionsMax != 200 || pg.ConnectionsPeak < 4 || pg.BusyPeak < 3 || pg.Counters == nil || pg.Counters.BufferHitShare == nil ||
		*pg.Counters.BufferHitShare <= 0.5 || pg.Counters.WALBytes <= 0 {
		t.Errorf("postgres %+v, counters %+v", pg, pg.Counters)
	}
	if len(got.Statements) < 2 {
		t.Fatalf("statements %+v", got.Statements)
	}
	if s := got.Statements[0]; s.Role != "app" || s.Calls != 12 || s.MeanMillis < 500 || s.MeanMillis > 900 || s.Rows != 12 || !strings.Contains(s.Query, "pg_sleep($1)") {
		t.Errorf("the costliest statement is %+v", s)
	}
	if s := got.Statements[1]; s.Calls != 3 || s.Rows != 30 {
		t.Errorf("the second is %+v", s)
	}

	// A restart takes the counters' meaning away, and nothing else.
	w = Start(ctx, Sources{Postgres: direct, Database: "postgres"}, 0)
	time.Sleep(300 * time.Millisecond)
	if err := n.StopPostgres(ctx); err != nil {
		t.Fatal(err)
	}
	if err := n.StartPostgres(ctx); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2500 * time.Millisecond)
	got = w.Stop(ctx)
	if got.Postgres == nil || got.Postgres.Counters != nil || got.Statements != nil || len(got.NotMeasured) == 0 {
		t.Errorf("after a restart: %+v", got)
	}
}

func role(p *result.PoolerUse, name string) *result.PoolRole {
	if p == nil {
		return nil
	}
	for i := range p.Pools {
		if p.Pools[i].Role == name {
			return &p.Pools[i]
		}
	}
	return nil
}
