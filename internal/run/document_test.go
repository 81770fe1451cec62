package run

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNoOldVerdictStays: a run that dies leaves nothing of an earlier one that could be taken for its own.
func TestNoOldVerdictStays(t *testing.T) {
	out := t.TempDir()
	for _, name := range []string{"run.json", "report.html", "latency.hlog", "latency-http.hlog", "mine.txt"} {
		if err := os.WriteFile(filepath.Join(out, name), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := clearOut(out); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(out)
	if err != nil || len(left) != 1 || left[0].Name() != "mine.txt" {
		t.Errorf("%v is left: %v", left, err)
	}
}
