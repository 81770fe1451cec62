package verdict

import (
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

const (
	costEfficiency = "Cost efficiency"
	operational    = "Operational"
)

func (p Papers) costs() []result.Metric {
	return []result.Metric{
		p.claimed("monthly_savings", "Monthly savings", result.ClaimSaved),
		p.oneDatabase(),
		p.claimed("infrastructure", "Infrastructure", result.ClaimSavedPct),
	}
}

// claimed holds what the design claims against the sum of its own components.
func (p Papers) claimed(id, name, claim string) result.Metric {
	t := p.metric(costEfficiency, id, name, "", "computed from the components in the file of prices; the prices themselves are taken as they are", ExitMissed)
	c := p.Cost
	if c == nil {
		t.lacks(PaperCost)
		return t.done("")
	}
	for i, x := range c.Claims {
		if x.What != claim {
			continue
		}
		t.see(PaperCost, "claims.%d", i)
		t.Wanted = amount(x.Claimed, x.Unit, c.Period)
		if x.Status != result.Pass {
			t.fail("%s", x.Why)
		}
		t.remark("%s", strings.TrimPrefix(x.Why+"; ", "; ")+"no bill was seen, and that one server bears both loads is assumed")
		return t.done("%s", amount(x.Computed, x.Unit, c.Period))
	}
	t.Wanted = "as claimed"
	t.doubt("%s claims no %s to hold it against", c.File, claim)
	return t.done("")
}

func amount(v float64, unit, period string) string {
	if unit == "%" {
		return fmt.Sprintf("%.4g %% less", v)
	}
	return fmt.Sprintf("%.2f %s a %s", v, unit, period)
}

// oneDatabase asks whether both applications' tables and histories are in one database of one server.
func (p Papers) oneDatabase() result.Metric {
	t := p.metric(costEfficiency, "resource_sharing", "Resource sharing", "a single database",
		"the migration histories of both applications, looked up in the one database of the one PostgreSQL", ExitMissed)
	if r := p.Run; r != nil {
		servers := 0
		for _, s := range r.Stack.Services {
			if s.Name == "postgres" && s.Started {
				servers++
			}
		}
		t.see(PaperRun, "stack.revisions")
		t.see(PaperRun, "stack.services")
		switch {
		case servers != 1:
			t.fail("there are %d PostgreSQL servers", servers)
		case len(r.Stack.Revisions) < 2:
			t.fail("one application's history alone is in the database")
		}
		return t.done("%d server, one database with the histories of %d schemas", servers, len(r.Stack.Revisions))
	}
	both := 0
	steps := t.steps(func(s place) bool { return s.engarde() || s.langflow() })
	for i, s := range steps {
		if i > 0 && steps[i-1].cell == s.cell && s.Outcome == result.StepPassed && steps[i-1].Outcome == result.StepPassed {
			both++
			t.seeStep(s, true)
		}
	}
	if both > 0 {
		t.doubts = nil // what else was not tried takes nothing from it
	} else if p.Layouts != nil {
		t.doubt("at no step did both applications work on one database")
	}
	return t.done("both applications at work on one database, seen %d times", both)
}
