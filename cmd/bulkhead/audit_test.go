package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
)

// TestAuditOfAnotherDatabase audits a database that isn't EnGarde's by its target file alone: healthy, leaking, and mended by what the finding says.
func TestAuditOfAnotherDatabase(t *testing.T) {
	n := stacktest.Postgres(t)
	stacktest.Clinic(t, n)
	dsn := n.DirectDSN("postgres", "clinic").Reveal()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	out := t.TempDir()
	audit := func(t *testing.T, want int, more ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		args := append([]string{"audit", "--dsn", dsn, "--target", "../../fixtures/clinic"}, more...)
		if code := execute(t.Context(), args, &stdout, &stderr); code != want {
			t.Fatalf("exit code %d, want %d\n%s%s", code, want, stdout.String(), stderr.String())
		}
		return stdout.String()
	}
	if text := audit(t, exitPass); !strings.Contains(text, "PASS") || !strings.Contains(text, "w04_keys") {
		t.Error(text)
	}
	if _, err := conn.Exec(t.Context(), "CREATE POLICY helpful ON care.patients FOR SELECT TO clinic_app USING (note IS NULL)"); err != nil {
		t.Fatal(err)
	}
	if text := audit(t, exitLeak, "--out", out); !strings.Contains(text, "WEAKNESS S05: care.patients: policy helpful lets clinic_app read rows of other tenants") {
		t.Error(text)
	}
	data, err := os.ReadFile(filepath.Join(out, "audit.json"))
	if err != nil {
		t.Fatal(err)
	}
	var e result.Examination
	if err := json.Unmarshal(data, &e); err != nil || len(e.Findings) != 1 || e.ExitCode != exitLeak || e.Kind != "audit" {
		t.Fatalf("%v: %s", err, data)
	}
	if printed := audit(t, exitLeak, "--json"); !json.Valid([]byte(printed)) {
		t.Error(printed)
	}
	if _, err := conn.Exec(t.Context(), e.Findings[0].Fix); err != nil {
		t.Errorf("%s: %v", e.Findings[0].Fix, err)
	}
	audit(t, exitPass)
	if text := audit(t, exitPass, "--matrix"); !strings.Contains(text, "care.patients") || !strings.Contains(text, "of tenants, policies") {
		t.Error(text)
	}
}
