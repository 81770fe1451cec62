package reports

import (
	"bytes"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestDrill(t *testing.T) {
	noticed := func(of ...string) (all []result.Detector) {
		for i := 0; i < len(of); i += 2 {
			all = append(all, result.Detector{Detector: of[i], Channel: of[i+1], Finding: "what it is (where)"})
		}
		return all
	}
	dose := &result.Dose{ID: "S05-one-in-100", Chance: 0.01, Reads: 12345, Detections: 117, Predicted: 123.45, Low: 96, High: 153}
	d := &result.Drill{SchemaVersion: 1, Target: "engarde", Seed: 1, Seconds: 301.4, Verdict: result.Fail, ExitCode: 1, Mutants: 3, Killed: 2, KilledByIntended: 1, Equivalent: 1, Benign: 1,
		Survived: []string{"S06-like"}, Reasons: []result.Reason{{Status: result.Fail, ExitCode: 1, What: "S06-like survived: the tenant is compared by LIKE"}},
		FalseAlarms: []string{}, Doses: []result.Dose{*dose},
		Results: []result.Drilled{
			{ID: "baseline before", Outcome: result.Silent},
			{ID: "S04-disabled", Channel: "S04", Scope: "database", Outcome: result.KilledByIntended, Detectors: noticed("audit", "S01", "audit", "S04", "load", "S04", "attack", "S04")},
			{ID: "C02-last-tenant", Channel: "C02", Scope: "database", Outcome: result.KilledByAnother, Detectors: noticed("full attack", "C01")},
			{ID: "S06-like", Channel: "S06", Scope: "database", Outcome: result.Survived},
			{ID: "S05-one-in-100", Channel: "S05", Scope: "database", Outcome: result.AsPredicted, Detectors: noticed("load", "S05"), Dose: dose},
			{ID: "benign-index", Channel: "W04", Scope: "database", Doc: "one more index", Benign: true, Outcome: result.Silent, Why: "an index shows nothing"},
			{ID: "equivalent-no-check", Channel: "W01", Scope: "database", Doc: "a policy without WITH CHECK", Outcome: result.IsEquivalent, Why: "USING is the check"},
		}}
	var out bytes.Buffer
	if err := Drill(&out, d); err != nil {
		t.Fatal(err)
	}
	golden(t, "drill", out.String())
}
