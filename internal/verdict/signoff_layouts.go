package verdict

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

const migrationIndependence = "Migration independence"

// place is a step with where it stands in the document.
type place struct {
	*result.Step
	cell *result.Cell
	path string // of the step
	of   string // of its cell
}

func (s place) where() string { return s.cell.Name + ", " + s.Name }

// engarde tells whether a step is one of EnGarde's migrations, langflow whether Langflow starts in it: it migrates at each start.
func (s place) engarde() bool  { return strings.HasPrefix(s.Name, "EnGarde ") }
func (s place) langflow() bool { return s.Langflow != "" }

// applies tells whether it is the step that puts the layout's policies on Langflow's tables.
func (s place) applies() bool { return strings.HasPrefix(s.Name, "policies ") }

// upgrade tells whether another version of Langflow than the cell's began to work on its tables.
func (s place) upgrade() bool { return s.Langflow != "" && s.Langflow != s.cell.Langflow }

// tried tells whether the step took place, so that what it left behind was looked at.
func (s place) tried() bool { return s.Outcome == result.StepPassed || s.Outcome == result.StepFailed }

// itself tells whether a step did not do what it was for, rather than did it at the expense of something else.
func (s place) itself() bool {
	if s.Outcome != result.StepFailed {
		return false
	}
	aside := len(s.Lost)+len(s.BrokenKeys)+len(s.Overlap)+len(s.Unprotected) > 0 || s.Exposed != nil && len(s.Exposed.Tables) > 0 || s.Attack != nil
	return !aside || strings.Contains(s.Why, "didn't start") || strings.HasPrefix(s.Why, "alembic ")
}

// seeStep points at a step that speaks against something, and else at its cell.
func (t *trial) seeStep(s place, against bool) {
	if against {
		t.see(PaperLayouts, "%s", s.path)
	} else {
		t.see(PaperLayouts, "%s", s.of)
	}
}

// steps are those of the layout's cells that a metric is about. Where cells or steps are missing, that is noted.
func (t *trial) steps(of func(place) bool) (all []place) {
	l := t.p.Layouts
	if l == nil {
		t.lacks(PaperLayouts)
		return nil
	}
	orders, upgrade := map[string]bool{}, false
	for i := range l.Cells {
		c := &l.Cells[i]
		if c.Layout != t.p.Layout {
			continue
		}
		orders[c.Order] = true
		for j := range c.Steps {
			s := place{&c.Steps[j], c, fmt.Sprintf("cells.%d.steps.%d", i, j), fmt.Sprintf("cells.%d", i)}
			upgrade = upgrade || s.upgrade() || s.Outcome == result.StepNotTried && strings.Contains(s.Name, "upgraded")
			if !of(s) {
				continue
			}
			switch s.Outcome {
			case result.StepNotTried, result.StepNotKnown:
				t.doubt("%s: %s: %s", s.where(), s.Outcome, s.Why)
			}
			all = append(all, s)
		}
	}
	switch {
	case len(orders) == 0:
		t.doubt("no cell of layout %s was tried", t.p.Layout)
	case len(orders) == 1:
		t.doubt("only one order of migrations was tried")
	case !upgrade:
		t.doubt("Langflow was not upgraded in place")
	case len(all) == 0:
		t.doubt("no cell has a step that shows it")
	}
	return all
}

const layoutsHow = "each layout brought up from nothing by the real migrations and the real Langflow, in both orders, restarted, downgraded and upgraded"

// foreign are the words by which a migration tells that it ran into the other application's tables or history.
var foreign = regexp.MustCompile(`Can't locate revision|mismatch between|upgrade operations detected|remove_table|already exists|must be owner of table`)

func (p Papers) migrations() []result.Metric {
	return []result.Metric{
		p.migrate("engarde_migrations", "EnGarde migrations", place.engarde, p.engardeMoved),
		p.migrate("langflow_migrations", "Langflow migrations", place.langflow, p.langflowMoved),
		p.conflicts(),
	}
}

// migrate judges one application's migrations: each ran, and none took something away; moved is how they went on after the cutover.
func (p Papers) migrate(id, name string, of func(place) bool, moved func(*trial)) result.Metric {
	t := p.metric(migrationIndependence, id, name, "run without error", layoutsHow, ExitMissed)
	ran, tried := 0, 0
	for _, s := range t.steps(of) {
		if !s.tried() {
			continue
		}
		tried++
		t.seeStep(s, s.itself() || len(s.Lost) > 0)
		switch {
		case s.itself():
			t.fail("%s: %s", s.where(), s.Why)
		case len(s.Lost) > 0:
			t.fail("%s: lost: %s", s.where(), some(s.Lost))
		default:
			ran++
		}
	}
	if p.Cutover != nil {
		moved(t)
	}
	return t.done("%d of %d ran without error", ran, tried)
}

// engardeMoved asks whether EnGarde's migrations go on after the cutover, langflowMoved whether Langflow starts after it.
func (p Papers) engardeMoved(t *trial) {
	t.see(PaperCutover, "migrations")
	if why := p.Cutover.Migrations; why != "" {
		t.fail("after the cutover: %s", why)
	}
}

func (p Papers) langflowMoved(t *trial) {
	t.see(PaperCutover, "langflow_down")
	if why := p.Cutover.LangflowDown.Why; why != "" {
		t.fail("Langflow didn't start after the cutover: %s", why)
	}
}

// conflicts counts what one application's migration took from the other, and the starts that failed on the other's tables or history.
func (p Papers) conflicts() result.Metric {
	t := p.metric(migrationIndependence, "table_conflicts", "Table conflicts", "0", layoutsHow+"; tables, rows, keys and revisions compared before and after", ExitMissed)
	n := 0
	for _, s := range t.steps(func(s place) bool { return s.engarde() || s.langflow() }) {
		if !s.tried() {
			continue
		}
		into := s.itself() && foreign.MatchString(s.Why)
		t.seeStep(s, into || len(s.Lost) > 0)
		if len(s.Lost) > 0 {
			n += len(s.Lost)
			t.fail("%s: lost: %s", s.where(), some(s.Lost))
		}
		if into {
			n++
			t.fail("%s: %s", s.where(), s.Why)
		}
	}
	return t.done("%d", n)
}

// overlap are the tables that both applications count as their own.
func (p Papers) overlap() result.Metric {
	t := p.metric(dataIntegrity, "schema_overlap", "Schema overlap", "0 tables", "the tables of Langflow's own models held against those that EnGarde's migrations made, schema by schema", ExitMissed)
	both := map[string]bool{}
	for _, s := range t.steps(func(s place) bool { return s.langflow() }) {
		if !s.tried() {
			continue
		}
		t.seeStep(s, len(s.Overlap) > 0)
		for _, table := range s.Overlap {
			both[table] = true
		}
	}
	if len(both) > 0 {
		t.fail("of both applications: %s", some(sorted(both)))
	}
	return t.done("%d tables", len(both))
}

// some names the first few of a list.
func some(items []string) string {
	const few = 3
	if len(items) <= few {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(items[:few], ", "), len(items)-few)
}

func sorted(set map[string]bool) (all []string) {
	for s := range set {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}
