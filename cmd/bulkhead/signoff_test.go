package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

// TestSignoffReasons reads the sign-offs that `make prove` made of the three layouts: the one that is to run has everything measured, and
// the others fail for what they are, not for something that happened to be missing.
func TestSignoffReasons(t *testing.T) {
	folder := os.Getenv("BULKHEAD_SIGNOFFS")
	if folder == "" {
		t.Skip("reads what a quarter of an hour makes: `make prove` sets BULKHEAD_SIGNOFFS to the folder of the sign-offs")
	}
	read := func(layout string) (*result.Signoff, map[string]result.Metric) {
		s, err := result.ReadSignoff(filepath.Join(folder, "signoff-"+layout, "signoff.json"))
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]result.Metric{}
		for _, m := range s.Metrics {
			by[m.ID] = m
			if m.Sign == nil && m.Status != result.Unknown && len(m.Evidence) == 0 {
				t.Errorf("%s, %s: %s without evidence", layout, m.Name, m.Status)
			}
		}
		if len(by) != 18 {
			t.Fatalf("%s: %d metrics", layout, len(by))
		}
		return s, by
	}

	s, hardened := read("hardened")
	for id, m := range hardened {
		switch {
		case m.Sign != nil || m.Status == result.Pass:
		case m.Status == result.Fail && (id == "cache_hits" || id == "downtime"):
			// Entries of the backend's cache live for 30 s, and Langflow has to be stopped for a cutover: both are so, and measured.
		default:
			t.Errorf("hardened: %s is %s: %s", m.Name, m.Status, m.Why)
		}
	}
	if s.Verdict == result.Ready && (hardened["cache_hits"].Status == result.Fail || hardened["downtime"].Status == result.Fail) {
		t.Error("hardened is ready, and a metric fails")
	}

	for layout, wants := range map[string]map[string]string{
		"before": {"langflow_migrations": "alembic_version", "engarde_migrations": "Can't locate revision", "table_conflicts": "alembic_version", "schema_overlap": "public.alembic_version",
			"rls_policies": "the layout has none", "tenant_isolation": "S04", "tenant_leakage": "S04"},
		"drawn": {"langflow_migrations": "didn't start", "table_conflicts": "alembic_version", "tenant_isolation": "", "tenant_leakage": "", "rls_policies": ""},
	} {
		s, by := read(layout)
		if s.ExitCode != exitLeak {
			t.Errorf("%s: exit code %d", layout, s.ExitCode)
		}
		for id, why := range wants {
			if m := by[id]; m.Status != result.Fail || !strings.Contains(m.Why, why) {
				t.Errorf("%s: %s is %s: %s", layout, id, m.Status, m.Why)
			}
		}
		for _, id := range []string{"cross_schema_p95", "pool_use", "cache_hits", "downtime", "rollback"} {
			if m := by[id]; m.Status != result.Unknown || !strings.Contains(m.Why, "not measured: ") {
				t.Errorf("%s: %s is %s: %s", layout, id, m.Status, m.Why)
			}
		}
	}
}
