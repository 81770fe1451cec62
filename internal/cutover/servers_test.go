package cutover

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/fingerprint"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/seed"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/scenarios"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

// told is a Console that writes to the test's log.
type told struct{ testing.TB }

func (c told) Step(format string, args ...any) { c.Logf(format, args...) }
func (told) Seeding(seed.Progress)             {}
func (told) Live(run.Live)                     {}

// small are options of the smallest cutover. Langflow's two starts on the layout before are left to `make prove`.
func small(t *testing.T) Options {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped by -short: it needs servers of its own")
	}
	shipped, err := run.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Tenants: 8, Rows: 12_000, Seed: 1, Rate: UsualRate, Kill: true, Back: true, Asleep: true, GapMax: 5 * time.Second}
	o.Run = run.Options{Out: t.TempDir(), Target: shipped, Console: told{t}, Version: "test"}
	known := scenarios.Known{Ops: ops.Names(shipped.Ops), HTTPOps: ops.Names(shipped.Calls), Faults: run.KnownFaults()}
	if o.Run.Scenario, err = scenarios.Open("drill", known); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestCutover moves a small database there and back under load, killed in the middle both times. What comes of it must be the hardened layout
// to the letter, and nobody may notice.
func TestCutover(t *testing.T) {
	o := small(t)
	doc, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Verdict != result.Pass {
		t.Errorf("%s: %+v", doc.Verdict, doc.Reasons)
	}
	for name, m := range map[string]*result.Move{"cutover": doc.Forth, "rollback": doc.Back} {
		if m.Killed != 1 || m.KillAt == "" || m.RowsCompared < o.Rows || m.Downtime.Completed == 0 || m.Quiet.Completed < int64(o.Rate) {
			t.Errorf("%s: %+v", name, m)
		}
		tables := 0
		for _, s := range m.Steps {
			if tables += s.Tables; s.Tries < s.Tables {
				t.Errorf("%s: %s: %d locks for %d tables", name, s.Name, s.Tries, s.Tables)
			}
		}
		if tables < 150 {
			t.Errorf("%s: only %d tables were moved", name, tables)
		}
	}
	if l := doc.Load; l.Acknowledged < 100 || l.Lost != 0 || l.Completed < 500 || doc.Isolation.Reaching < 50 {
		t.Errorf("load %+v, isolation %+v", l, doc.Isolation)
	}
	if doc.Forth.Watched.Looks < 20 || doc.ProtectWatched.Looks < 200 {
		t.Errorf("tables that were moved were read %d and %d times", doc.Forth.Watched.Looks, doc.ProtectWatched.Looks)
	}
	if doc.LangflowDown.StartSeconds == 0 || doc.LangflowSeconds < doc.LangflowDown.StartSeconds || doc.Bytes == 0 {
		t.Errorf("langflow %+v, %d bytes", doc.LangflowDown, doc.Bytes)
	}
	saved, err := result.ReadCutover(filepath.Join(o.Run.Out, Document))
	if err != nil || saved.Forth.Seconds != doc.Forth.Seconds {
		t.Errorf("the saved document: %+v, %v", saved, err)
	}
}

// sabotage is what a careless script would do: it throws rows away, changes some, leaves a table open, and holds one that the backend needs.
const sabotage = `
DELETE FROM public.leads WHERE ctid IN (SELECT ctid FROM public.leads LIMIT 3);
UPDATE langflow.message SET text = text || '.' WHERE ctid IN (SELECT ctid FROM langflow.message LIMIT 1);
DROP POLICY tenant_isolation ON public.contacts;
ALTER TABLE langflow.flow DISABLE ROW LEVEL SECURITY;
GRANT SELECT ON langflow.variable TO PUBLIC;
SELECT pg_sleep(0.7);
BEGIN; LOCK TABLE public.campaigns; SELECT pg_sleep(1.5); COMMIT;`

// TestCutoverNotices: a script that loses rows, leaves something open or stands in the way is told as such.
func TestCutoverNotices(t *testing.T) {
	o := small(t)
	o.Kill, o.Back, o.GapMax = false, false, time.Second
	c := &cutover{Options: o, at: map[string]*fingerprint.State{}}
	ctx := t.Context()
	if err := c.prepare(); err != nil {
		t.Fatal(err)
	}
	if err := c.buildHardened(ctx); err != nil {
		t.Fatal(err)
	}
	defer c.close(ctx)
	if err := c.bring(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.runBefore(ctx); err != nil {
		t.Fatal(err)
	}
	busy := step{name: "a backend that is busy", then: func(ctx context.Context, _ *pgx.Conn) error { return c.hold(t, "public.brands", time.Second) }}
	steps := append(slices.Insert(c.forthSteps(), 1, busy), step{name: "sabotage", then: func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.PgConn().Exec(ctx, sabotage).ReadAll()
		return err
	}})
	if err := c.goForth(ctx, steps); err != nil {
		t.Fatal(err)
	}
	if err := c.takeDown(ctx, woken); err != nil {
		t.Fatal(err)
	}
	c.compareBuilt()
	judge(c.doc)
	m := c.doc.Forth
	if c.doc.ExitCode != 1 || m.RowsLost != 3 || !m.Exposed || m.Downtime.LongestGapSeconds < 1 || m.Downtime.MaxMillis < 1000 {
		t.Errorf("exit code %d, %d rows lost, exposed %v, downtime %+v", c.doc.ExitCode, m.RowsLost, m.Exposed, m.Downtime)
	}
	for _, want := range []string{"public.leads: rows lost", "langflow.message: rows altered: values of text", "public.contacts: policy lost: tenant_isolation", "langflow.flow: row security: off",
		"langflow.variable: grant new: public: SELECT"} {
		if !slices.ContainsFunc(m.Differences, func(d string) bool { return strings.HasPrefix(d, want) }) {
			t.Errorf("%q isn't told: %q", want, m.Differences)
		}
	}
	if i := slices.IndexFunc(m.Steps, func(s result.MoveStep) bool { return s.Name == "engarde tables" }); i < 0 || m.Steps[i].Tries <= m.Steps[i].Tables {
		t.Errorf("the lock of a table that was held was had at once: %+v", m.Steps)
	}
	if !slices.Contains(m.Watched.Tables, "langflow.flow") {
		t.Errorf("what was open wasn't read: %+v", m.Watched)
	}
	// The view's rights and comment come with Langflow's start, which is left out here. Nothing else may differ.
	if len(m.Differences) != 6 {
		t.Errorf("%d differences: %q", len(m.Differences), m.Differences)
	}
}

// hold has a transaction of the backend keep a table for a while.
func (c *cutover) hold(t *testing.T, table string, long time.Duration) error {
	conn, err := pgx.Connect(t.Context(), c.trial.System.Stack.DSN.Direct[backendRole].Reveal())
	if err != nil {
		return err
	}
	if _, err := conn.PgConn().Exec(t.Context(), "BEGIN; SELECT FROM "+table+" LIMIT 1").ReadAll(); err != nil {
		return err
	}
	time.AfterFunc(long, func() { _ = conn.Close(context.Background()) })
	return nil
}
