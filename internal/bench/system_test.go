package bench

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/seed"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/scenarios"
)

func TestMain(m *testing.M) { stacktest.Main(m) }

type quiet struct{ t *testing.T }

func (q quiet) Step(format string, args ...any) { q.t.Logf(format, args...) }
func (quiet) Seeding(seed.Progress)             {}
func (quiet) Live(run.Live)                     {}

// Every figure but that of memory, briefly, on the real servers. It holds that they are measured, not what they are.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL and Langflow; run without -short")
	}
	target, err := run.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Out: t.TempDir(), Seconds: 1, Rounds: 1, Operation: "tenant_flows", Console: quiet{t}}
	if o.Scenario, err = scenarios.Open("quick", scenarios.Known{Ops: ops.Names(target.Ops), HTTPOps: ops.Names(target.Calls), Faults: run.KnownFaults()}); err != nil {
		t.Fatal(err)
	}
	d, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]float64{"tps plain": d.TPSRatioPlain, "tps pipelined": d.TPSRatioPipelined, "cpu plain": d.CPURatioPlain,
		"cpu pipelined": d.CPURatioPipelined, "seed": d.SeedRatio, "seed unchecked": d.SeedRatioUnchecked, "lag": d.LagP99Millis} {
		if f <= 0 {
			t.Errorf("%s: %v", name, f)
		}
	}
	if p := d.Plain[0]; p.Ours.RowsVerified != 20*p.Ours.Transactions || p.Peer.Transactions == 0 {
		t.Errorf("%+v", p)
	}
	for name, costs := range map[string][]Cost{"plain": d.ProfilePlain, "pipelined": d.ProfilePipelined} {
		if len(costs) < 4 {
			t.Errorf("%s: the profile shows %+v", name, costs)
		}
	}
	for _, file := range []string{"bench.json", PlainProfile, PipelinedProfile} {
		if s, err := os.Stat(filepath.Join(o.Out, file)); err != nil || s.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
}
