package run

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/engardehq/bulkhead/internal/faults"
	"github.com/engardehq/bulkhead/internal/observe"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/record"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/scenarios"
)

// TestEachFaultHasItsScenario holds the registry, the shipped scenarios and what the loader lets through against each other.
func TestEachFaultHasItsScenario(t *testing.T) {
	target, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range faults.Names() {
		s, err := scenarios.Open("fault-"+strings.ReplaceAll(name, "_", "-"), scenarios.Known{Ops: ops.Names(target.Ops), HTTPOps: ops.Names(target.Calls), Faults: KnownFaults()})
		if err != nil {
			t.Error(err)
			continue
		}
		if all := allFaults(s); len(all) != 1 || all[0].Name != name {
			t.Errorf("%s schedules %+v", s.Name, all)
		}
	}
}

func TestFaultsAreRefusedBeforeAnythingStarts(t *testing.T) {
	o := Options{Stack: "some.json", Scenario: scenarios.Scenario{Faults: []scenarios.Fault{{Name: "postgres_crash"}}}}
	if err := checkFaults(o); err == nil || !strings.Contains(err.Error(), "leave --stack out") {
		t.Errorf("%v", err)
	}
}

// TestFullDisk: what a run writes to a full disk is an error, and no half of it stays for somebody to read.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount the small disk")
	}
	fault, _ := faults.Find(faults.DiskFull)
	dir := t.TempDir()
	began := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	err := faults.OpenOnSmallDisk(dir, func() error {
		undo, err := fault.Do(t.Context(), faults.Target{Logs: dir})
		if err != nil {
			return err
		}
		doc := &result.Run{SchemaVersion: result.SchemaVersion, Findings: make([]result.Finding, 1000)}
		if err := doc.Save(filepath.Join(dir, "run.json")); !errors.Is(err, unix.ENOSPC) {
			t.Errorf("the document: %v", err)
		}
		if err := observe.SaveLog(filepath.Join(dir, observe.IntervalLog), record.Summary{}, began); !errors.Is(err, unix.ENOSPC) {
			t.Errorf("the interval log: %v", err)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 1 { // what fills it
			t.Errorf("left: %v, %v", left, err)
		}
		if err := undo(t.Context()); err != nil {
			return err
		}
		return doc.Save(filepath.Join(dir, "run.json"))
	})
	if err != nil {
		t.Fatal(err)
	}
}
