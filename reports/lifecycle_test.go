package reports

import (
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestLifecycle(t *testing.T) {
	var out strings.Builder
	p := &printer{w: &out}
	lifecycle(p, nil)
	if out.Len() > 0 {
		t.Errorf("a life that wasn't: %s", out.String())
	}
	lifecycle(p, &result.Lifecycle{Tenant: "1bf64214-89fc-4120-bb2a-dec20a985e65", Reads: 2208, Others: 20, Unknown: "the load did not go on all the while",
		Onboarding: result.Onboarding{Seconds: 0.12, Rows: 15, Tables: 12, Steps: []result.RemovalStep{{Name: "tenant", Seconds: 0.02}, {Name: "open", Seconds: 0.01}}},
		Served:     []result.LifecycleServe{{What: "backend GET /api/v1/campaigns", Seconds: 0.14}, {What: "langflow POST /api/v1/run", Seconds: 0.88}},
		Load:       result.LifecycleLoad{Onboarding: 592, Looking: 1075, Removal: 17295},
		Removal:    &result.Removal{Tenant: "1bf64214-89fc-4120-bb2a-dec20a985e65", Seconds: 30.3, Rows: 23, Tables: 15, Keys: 11, Files: 4, Others: 20}})
	lifecycle(p, &result.Lifecycle{Unknown: "the load was not answered"})
	if p.err != nil {
		t.Fatal(p.err)
	}
	golden(t, "lifecycle", out.String())
}
