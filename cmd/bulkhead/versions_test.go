package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
)

// TestOldLangflow runs the same suite against Langflow 1.0.18, in which users reach each other's objects: it must say so, and not blame the
// database, which holds.
func TestOldLangflow(t *testing.T) {
	needsServers(t)
	if !proving() {
		t.Skip("installs a second Langflow and takes minutes: set BULKHEAD_PROVE")
	}
	before := look(t)
	out := t.TempDir()
	_, text := must(t, bulkhead(t, "run", "--langflow", "1.0.18", "--scenario", "http", "--out", out), exitLeak)
	nothingLeft(t, before, 5*time.Second)
	doc := readRun(t, out)
	if i := slices.IndexFunc(doc.Stack.Services, func(s result.Service) bool { return s.Name == stack.Langflow }); i < 0 || doc.Stack.Services[i].Version != "1.0.18" {
		t.Errorf("services %+v", doc.Stack.Services)
	}
	if iso := doc.Isolation; iso.Verdict != result.Pass || iso.RowsChecked < 500 || iso.Foreign+iso.Damaged+iso.Missing > 0 {
		t.Errorf("isolation at the database %+v", iso)
	}
	if h := doc.HTTP; h == nil || h.Isolation.Foreign == 0 || h.Isolation.Bodies < 500 {
		t.Fatalf("over HTTP: %+v", h)
	}
	for _, op := range doc.HTTP.Load.Ops {
		if op.Count == 0 || op.Reaching == 0 {
			t.Errorf("%s: %d served, %d reaching, %v", op.Name, op.Count, op.Reaching, op.ErrorsByClass)
		}
	}
	for _, want := range []struct {
		channel  string
		severity result.Severity
		where    string
	}{
		{"L01", result.Leak, "langflow.flow, read by langflow_list"},
		{"L01", result.Leak, "langflow GET /api/v1/flows/{flow_id}"},
		{"L01", result.Leak, "langflow DELETE /api/v1/api_key/{api_key_id}"},
		{"L05", result.Note, "langflow 1.0.18"},
	} {
		if !slices.ContainsFunc(doc.Findings, func(f result.Finding) bool {
			return f.Channel == want.channel && f.Severity == want.severity && strings.HasPrefix(f.Where, want.where)
		}) {
			t.Errorf("no %s of %s at %q", want.severity, want.channel, want.where)
		}
	}
	for _, f := range doc.Findings {
		if strings.Contains(f.Fix, "langflow_service") {
			t.Errorf("a mend that breaks Langflow: %s: %s", f.What, f.Fix)
		}
	}
	if !strings.Contains(text, "LEAK L01") || !strings.Contains(text, "1.0.18") {
		t.Errorf("the report doesn't tell:\n%s", text)
	}
}
