package reports

import (
	"bytes"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestRemoval(t *testing.T) {
	var out bytes.Buffer
	p := &printer{w: &out}
	removal(p, nil)
	if out.Len() > 0 {
		t.Errorf("a removal that wasn't: %s", out.String())
	}
	removal(p, &result.Removal{Tenant: "e0a1c9af-0479-4e0f-8d95-ff10630de06f", Seconds: 31.24, Rows: 2463, Tables: 161, Keys: 31, Files: 4, Others: 199,
		Steps:   []result.RemovalStep{{Name: "close tenant", Seconds: 0.01}, {Name: "wait", Seconds: 30}, {Name: "public rows", Seconds: 0.71}},
		Refused: []result.RemovalUse{{What: "langflow GET /api/v1/flows/"}, {What: "backend GET /api/v1/dashboard", Seconds: 29.2, AllowedSeconds: 30}},
		Stayed:  []result.RemovalLeft{{Table: "audit.cross_schema_access", Rows: 1064, Reason: "entries outlive the tenant"}}})
	if p.err != nil {
		t.Fatal(p.err)
	}
	golden(t, "removal", out.String())
}
