package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/engardehq/bulkhead/internal/result"
)

// disturbed runs the scenario of a fault, when the machine is free, and gives what became of it.
func disturbed(t *testing.T, name string, codes ...int) (*result.Run, string, string) {
	t.Helper()
	out := t.TempDir()
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(3 * time.Second) {
		cmd := bulkhead(t, "run", "--scenario", name, "--out", out)
		text, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		code := cmd.ProcessState.ExitCode()
		if code == exitSetup && bytes.Contains(text, []byte("another run is measuring")) && time.Now().Before(deadline) {
			continue
		}
		if !slices.Contains(codes, code) {
			t.Fatalf("%s: exit code %d, want one of %v\n%s", name, code, codes, text)
		}
		return readRun(t, out), string(text), out
	}
}

// settled fails unless all that was acknowledged is there, and there was something.
func settled(t *testing.T, doc *result.Run) {
	t.Helper()
	l := doc.Isolation.Ledger
	if l == nil || l.NotSettled != "" || l.Acknowledged < 100 || l.Verified != l.Acknowledged || l.Lost+l.Altered+l.RefusedThere > 0 {
		t.Errorf("ledger %+v", l)
	}
}

// TestPauseOfThePooler: an open load shows a pause of 3 s in all that fell due meanwhile, up to its whole length, and in the right seconds.
func TestPauseOfThePooler(t *testing.T) {
	needsServers(t)
	before := look(t)
	doc, text, out := disturbed(t, "fault-pooler-pause", exitObjective, exitUnknown)
	nothingLeft(t, before, 5*time.Second)
	apart(t, doc)
	settled(t, doc)
	if len(doc.Faults) != 1 || !doc.Faults[0].Done {
		t.Fatalf("faults %+v", doc.Faults)
	}
	f := doc.Faults[0]
	for _, op := range doc.Load.Ops {
		if op.Errors > 0 {
			t.Errorf("%s: %d errors; a pause is slow, not wrong", op.Name, op.Errors)
		}
		for _, w := range op.Windows {
			// Whoever fell due at the pause's beginning waited for all of it, whoever fell due a second later for a second less.
			switch left := (f.EndedSeconds - float64(w.Second)) * 1000; {
			case w.Second >= 6 && w.Second <= 8 && (w.Max < left-300 || w.Max > left+3000 || w.P95 < left-700):
				t.Errorf("%s, second %d of the pause: max %.0f ms, p95 %.0f ms, %.0f ms were left", op.Name, w.Second, w.Max, w.P95, left)
			case w.Second < 5 && w.Max > 2000:
				t.Errorf("%s, second %d: max %.0f ms before the pause", op.Name, w.Second, w.Max)
			}
		}
		if op.ServiceMs.P95 > op.ResponseMs.P95/2 {
			t.Errorf("%s: service time p95 %.0f ms, response %.0f ms: the wait is in the wrong one", op.Name, op.ServiceMs.P95, op.ResponseMs.P95)
		}
	}
	if !slices.ContainsFunc(doc.Reasons, func(r result.Reason) bool { return strings.Contains(r.What, "during pooler_pause 6 s..9") }) || !strings.Contains(text, "pooler_pause") {
		t.Errorf("no reason names the pause: %+v", doc.Reasons)
	}
	if o := doc.Observed; o == nil || o.Pooler == nil || o.Pooler.LongestWaitMillis < 1500 || o.Pooler.ClientsWaitingPeak == 0 || o.Postgres == nil || len(o.Statements) == 0 {
		t.Errorf("observed %+v", o)
	}
	intervalLog(t, doc, filepath.Join(out, doc.Observed.IntervalLog))
}

// intervalLog holds the interval log against the windows of the document.
func intervalLog(t *testing.T, doc *result.Run, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := map[string]int64{}
	for reader := hdrhistogram.NewHistogramLogReader(f); ; {
		h, err := reader.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		got[h.Tag()] += h.TotalCount()
	}
	for _, op := range doc.Load.Ops {
		if op.Count == 0 || got[op.Name] != op.Count {
			t.Errorf("%s: %d in the interval log, %d in the document", op.Name, got[op.Name], op.Count)
		}
	}
}

// TestCrashOfPostgres: no write that was acknowledged before SIGKILL is missing after it.
func TestCrashOfPostgres(t *testing.T) {
	needsServers(t)
	before := look(t)
	doc, _, out := disturbed(t, "fault-postgres-crash", exitObjective, exitUnknown)
	nothingLeft(t, before, 5*time.Second)
	apart(t, doc)
	settled(t, doc)
	if len(doc.Faults) != 1 || !doc.Faults[0].Done {
		t.Fatalf("faults %+v", doc.Faults)
	}
	failed, back := int64(0), int64(0)
	for _, op := range doc.Load.Ops {
		failed += op.Errors
		for _, w := range op.Windows {
			if float64(w.Second) > doc.Faults[0].BackSeconds {
				back += w.Count
			}
		}
	}
	if failed == 0 || back == 0 {
		t.Errorf("%d errors, %d answers after the crash: want some of both", failed, back)
	}
	said, err := os.ReadFile(filepath.Join(out, "logs", "postgres.log"))
	if err != nil || !bytes.Contains(said, []byte("database system was not properly shut down")) {
		t.Errorf("PostgreSQL's log tells of no recovery (%v)", err)
	}
}

// apart is isolated for a load with few executions.
func apart(t *testing.T, doc *result.Run) {
	t.Helper()
	if iso := doc.Isolation; iso.Verdict != result.Pass || iso.RowsChecked == 0 || iso.Foreign+iso.Damaged+iso.Missing > 0 {
		t.Fatalf("isolation %+v\nfindings %+v\nreasons %v", iso, doc.Findings, doc.Reasons)
	}
}

// TestFaultsThatDontFit are refused before anything starts.
func TestFaultsThatDontFit(t *testing.T) {
	_, text := must(t, bulkhead(t, "run", "--scenario", "fault-redis-restart", "--without", "redis", "--out", t.TempDir()), exitUsage)
	if !strings.Contains(text, "needs redis, which is left out") {
		t.Errorf("%q", text)
	}
}
