package reports

import (
	"bytes"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestGate(t *testing.T) {
	a := result.Allowance{Channel: "A04", Where: "langflow POST /run/*", Owner: "platform", Reason: "upstream", Expires: "2027-03-31"}
	used, over := a, a
	used.Covers = 2
	over.Expired, over.Covers = true, 1
	g := &result.Gate{Name: "main", Verdict: result.Fail, ExitCode: 1, Runs: make([]result.ComparedRun, 8), Allowances: []result.Allowance{used, over, a},
		Reasons:    []result.Reason{{Status: result.Fail, ExitCode: 1, What: "weakness: w"}, {Status: result.Unknown, ExitCode: 4, What: "x"}},
		Settled:    []result.Statement{{What: "load: inconclusive: p95", Reason: "it held in r2.json"}},
		Comparison: &result.Comparison{Outcome: result.NotEnough, Base: result.ComparedSide{Runs: make([]result.ComparedRun, 9)}}}
	var out bytes.Buffer
	if err := Gate(&out, g); err != nil {
		t.Fatal(err)
	}
	golden(t, "gate", out.String())
}
