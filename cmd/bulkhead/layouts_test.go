package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
)

// TestLayoutsOfASample: the layout that is to run passes every step, and the design as drawn fails where it must: its Langflow finds EnGarde's
// revision on its path and dies of it, and the owner of the tables reads everybody's. `make prove` tries all cells.
func TestLayoutsOfASample(t *testing.T) {
	needsServers(t)
	before, out := look(t), t.TempDir()
	_, output := must(t, bulkhead(t, "layouts", "--out", out, "--cell", "hardened/langflow-first/1.13.0", "--cell", "drawn/engarde-first/1.13.0"), 0)
	nothingLeft(t, before, 10*time.Second)
	l, err := result.ReadLayouts(filepath.Join(out, "layouts.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Cells) != 2 || l.Verdict != result.Pass || l.Whole {
		t.Fatalf("%d cells, verdict %s:\n%s", len(l.Cells), l.Verdict, output)
	}
	for _, s := range l.Cells[1].Steps {
		if s.Outcome != result.StepPassed {
			t.Errorf("%s, %s: %s: %s", l.Cells[1].Name, s.Name, s.Outcome, s.Why)
		}
		attacked := s.Name == "rows are seeded" || s.Name == "Langflow restarts"
		if attacked && (s.Attack == nil || s.Attack.Leaks+s.Attack.Weaknesses+len(s.Attack.Unknown) > 0) {
			t.Errorf("%s, %s: attack %+v", l.Cells[1].Name, s.Name, s.Attack)
		}
	}
	drawn := map[string]result.Step{}
	for _, s := range l.Cells[0].Steps {
		drawn[s.Name] = s
	}
	start, fill := drawn["Langflow starts"], drawn["rows are seeded"]
	if start.Outcome != result.StepFailed || !strings.Contains(strings.Join(start.Log, " "), "alembic_version") || start.Revisions["public"] == nil {
		t.Errorf("the start of Langflow: %+v", start)
	}
	if fill.Attack == nil || fill.Attack.Leaks < 100 || !strings.Contains(strings.Join(fill.Attack.Findings, " "), "passes by its policies") {
		t.Errorf("the attack: %+v", fill.Attack)
	}
}
