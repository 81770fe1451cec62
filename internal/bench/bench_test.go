package bench

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/session"
	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/scenarios"
)

func TestParsePgbench(t *testing.T) {
	const good = `pgbench (15.20)
transaction type: multiple scripts
number of transactions actually processed: 6858
number of failed transactions: 0 (0.000%)
initial connection time = 19.2 ms
tps = 2316.641444 (without initial connection time)
SQL script 1: a.sql
 - 867 transactions (12.6% of total, tps = 292.9)
 - number of failed transactions: 9 (1.000%)
`
	got, err := parsePgbench(good)
	if diff := cmp.Diff(Side{TPS: 2316.641444, Transactions: 6858}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for name, text := range map[string]string{
		"nothing said": "pgbench: error: connection refused",
		"failures":     strings.Replace(good, "failed transactions: 0", "failed transactions: 3", 1),
		"nothing done": strings.Replace(good, "processed: 6858", "processed: 0", 1),
	} {
		if _, err := parsePgbench(text); err == nil {
			t.Errorf("%s: taken for a result", name)
		}
	}
}

// Both sides must send the same: statements of the target and of the operation, with the tenant as their parameter.
func TestScript(t *testing.T) {
	const set, text = "SELECT s($1)", "-- A page.\n-- $1 tenant\nSELECT id\nFROM t WHERE tenant_id = $1\n"
	got := script(set, text, ":t3", true)
	want := "\\startpipeline\nBEGIN;\nSELECT s(:t3);\nSELECT id\nFROM t WHERE tenant_id = :t3;\nCOMMIT;\n\\endpipeline\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := script(set, text, ":t3", false); strings.Contains(got, "pipeline") || !strings.HasPrefix(got, "BEGIN;\n") {
		t.Error(got)
	}
}

func TestMiddle(t *testing.T) {
	w, err := world.New(world.Plan{Seed: 1, Tenants: 50, Zipf: 1, Largest: 1, Tables: []world.Table{{Name: "public.items", Rows: 2000,
		Columns: []world.Column{{Name: "id", Type: "uuid", Kind: world.ID}}}}})
	if err != nil {
		t.Fatal(err)
	}
	table := &w.Tables[0]
	var full []int64
	for tn := range w.Tenants {
		if n := w.Rows(table, tn); n >= 20 {
			full = append(full, n)
		}
	}
	slices.Sort(full)
	from := (len(full) - 4) / 2
	var got []int64
	for _, tn := range middle(w, table, 20, 4) {
		got = append(got, w.Rows(table, tn))
	}
	if diff := cmp.Diff(full[from:from+4], got); diff != "" {
		t.Errorf("of %v:\n%s", full, diff)
	}
	if few := middle(w, table, full[len(full)-1], 4); len(few) != 1 {
		t.Errorf("%d tenants have as many rows as the largest", len(few))
	}
}

// Whatever is wrong with a transaction fails the bench.
func TestTally(t *testing.T) {
	for name, reply := range map[string]session.Reply{
		"error": {Rows: 20, Err: os.ErrClosed},
		"leak":  {Rows: 20, Counts: oracle.Counts{Foreign: 1}, Faults: []session.Fault{{}}},
		"short": {Rows: 19},
	} {
		sum := &tally{}
		if sum.add(&reply, 20) || sum.fault == nil || sum.transactions != 0 {
			t.Errorf("%s: %+v", name, sum)
		}
	}
	sum := &tally{}
	if !sum.add(&session.Reply{Rows: 20}, 20) || sum.fault != nil || sum.transactions != 1 || sum.rows != 20 {
		t.Errorf("a good one: %+v", sum)
	}
}

func TestRatios(t *testing.T) {
	rounds := []Pair{{Side{TPS: 3, CPUMicros: 8}, Side{TPS: 1, CPUMicros: 2}}, {Side{TPS: 1, CPUMicros: 2}, Side{TPS: 1, CPUMicros: 1}},
		{Side{TPS: 4, CPUMicros: 9}, Side{TPS: 2, CPUMicros: 3}}}
	if tps, cpu := ratios(rounds); tps != 2 || cpu != 3 {
		t.Errorf("%v and %v, want 2 and 3", tps, cpu)
	}
	if got := median([]float64{4, 1, 2, 3}, func(f float64) float64 { return f }); got != 2.5 {
		t.Errorf("the median of four is %v", got)
	}
}

func TestBusy(t *testing.T) {
	if got := busyOf("cpu  100 20 30 4000 500 6 7 8 90 10"); got != 1710*time.Millisecond {
		t.Errorf("busy for %s", got)
	}
	s := Side{Transactions: 10}.with(time.Millisecond, 3*time.Millisecond)
	if s.CPUMicros != 100 || s.RestMicros != 200 {
		t.Errorf("%+v", s)
	}
	if busySince() <= 0 {
		t.Error("the kernel tells nothing")
	}
}

// A figure that falls short must be seen to.
func TestWrite(t *testing.T) {
	mib := 200.0
	d := &Document{TPSRatioPlain: 1.1, TPSRatioPipelined: 0.9, CPURatioPlain: 1.5, CPURatioPipelined: 2.5, SeedRatio: 1.2, LagP99Millis: 1, RSSMaxMiB: &mib,
		Memory: &Memory{Minutes: 7}}
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		misses := strings.Contains(line, "transactions/s, pipelined") || strings.Contains(line, "us/transaction, pipelined") || strings.Contains(line, "memory in a run of 7 min")
		if strings.Contains(line, "(missed)") != misses {
			t.Errorf("said wrongly: %s", line)
		}
	}
}

// The scenario of the memory run must be one, with the load that the figure is said to be of.
func TestMemoryScenario(t *testing.T) {
	target, err := run.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range target.Ops {
		names = append(names, o.Name)
	}
	s, err := scenarios.Load("memory.yaml", lasting(memoryScenario, 3), scenarios.Known{Ops: names})
	if err != nil {
		t.Fatal(err)
	}
	if s.Tenants != 10_000 || s.Load.Workers != 200 || s.Load.Duration.Minutes() != 3 {
		t.Errorf("%d tenants, %d workers, %s", s.Tenants, s.Load.Workers, s.Load.Duration)
	}
}

// The high-water mark is that of the process, not of what started it.
func TestWatch(t *testing.T) {
	if own := highWater(os.Getpid()); own < 1 {
		t.Errorf("this process holds %v MiB", own)
	}
	ballast := bytes.Repeat([]byte{1}, 64<<20)
	cmd := exec.Command("sleep", "0.3")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	peak, err := watch(cmd.Process.Pid, ended)
	if err != nil || peak <= 0 || peak > 32 || math.IsNaN(peak) {
		t.Errorf("sleep holds %v MiB beside our %d (%v)", peak, len(ballast), err)
	}
	ballast[0]++
}
