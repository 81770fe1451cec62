package verdict

import (
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

const multiTenancy = "Multi-tenancy"

func (p Papers) tenancy() []result.Metric {
	return []result.Metric{p.enforced(), p.active(), p.leakage()}
}

// enforced asks whether any door stands open: leak or weakness, in whatever was looked at.
func (p Papers) enforced() result.Metric {
	t := p.metric(multiTenancy, "tenant_isolation", "Tenant isolation", "100 % enforced",
		"load, attack and audit of the main job; an attack after each migration, and after the cutover", ExitFinding)
	doors := 0
	if r := p.Run; r == nil {
		t.lacks(PaperRun)
	} else {
		t.isolation(&r.Isolation, "isolation", "at the database")
		if r.HTTP == nil {
			t.doubt("there was no load over HTTP")
		} else {
			t.isolation(&r.HTTP.Isolation, "http.isolation", "over HTTP")
		}
		t.see(PaperRun, "findings")
		for _, f := range r.Findings {
			if counts(f) {
				doors++
				t.fail("%s %s: %s", f.Channel, f.Severity, f.What)
			}
		}
		t.channels(r)
	}
	doors += t.attacked(func(a *result.StepAttack) int { return a.Leaks + a.Weaknesses }) + t.afterCutover(counts)
	return t.done("%d doors open; %s", doors, p.checked())
}

// isolation asks whether a load could have seen a leak, and didn't.
func (t *trial) isolation(iso *result.Isolation, path, load string) {
	switch t.see(PaperRun, "%s", path); {
	case iso.Reaching == 0 || iso.RowsChecked == 0:
		t.doubt("no execution %s could have returned another tenant's rows", load)
	case iso.Verdict == result.Fail:
		t.fail("%d rows of other tenants, %d writes into their rows accepted, %d own rows missing %s", iso.Foreign, iso.Planted, iso.Missing, load)
	case iso.Verdict != result.Pass:
		t.doubt("isolation %s is %s", load, iso.Verdict)
	}
}

// channels notes what the main job could not decide. Channels that bulkhead has no way to check are told, and count for nothing.
func (t *trial) channels(r *result.Run) {
	t.see(PaperRun, "coverage")
	if len(r.Coverage) == 0 {
		t.doubt("no channel was checked")
	}
	var not []string
	for _, c := range r.Coverage {
		switch c.Status {
		case result.Unknown:
			t.doubt("%s: %s", c.Channel, c.Why)
		case result.NotChecked:
			not = append(not, c.Channel)
		}
	}
	if len(not) > 0 {
		t.remark("not checked: %s", strings.Join(not, ", "))
	}
}

// checked is how much the main job looked at.
func (p Papers) checked() string {
	if p.Run == nil {
		return "the main job was not run"
	}
	n := 0
	for _, c := range p.Run.Coverage {
		if c.Status == result.Pass || c.Status == result.Fail {
			n++
		}
	}
	return fmt.Sprintf("%d of %d channels checked", n, len(p.Run.Coverage))
}

// attacked is what the attacks after the steps of the layout's cells found, at most after one: the cells are the same layout again and again.
func (t *trial) attacked(of func(*result.StepAttack) int) (most int) {
	attacks := 0
	for _, s := range t.steps(everyStep) {
		if s.Attack == nil {
			continue
		}
		attacks++
		n := of(s.Attack)
		most = max(most, n)
		t.seeStep(s, n > 0)
		if n > 0 {
			t.fail("%s: %d, such as %s", s.where(), n, some(s.Attack.Findings[:min(1, len(s.Attack.Findings))]))
		}
		for _, why := range s.Attack.Unknown {
			t.doubt("%s: %s", s.where(), why)
		}
	}
	if attacks == 0 && t.p.Layouts != nil {
		t.doubt("no migration was followed by an attack")
	}
	return most
}

// afterCutover counts findings of the attack and the audit after the cutover.
func (t *trial) afterCutover(of func(result.Finding) bool) (found int) {
	c := t.p.Cutover
	if c == nil {
		t.lacks(PaperCutover)
		return 0
	}
	t.see(PaperCutover, "findings")
	for _, f := range c.Findings {
		if of(f) {
			found++
			t.fail("after the cutover: %s: %s", f.Channel, f.What)
		}
	}
	for _, why := range c.Unknown {
		t.doubt("after the cutover: %s", why)
	}
	return found
}

// policyChannels are what the audit proves of policies: forced, there, not opened by another, closed for odd values, writes included.
var policyChannels = []string{"S01", "S04", "S05", "S06", "W01"}

// active asks whether row security is on, forced and shut on every tenant table, and stays so through migrations.
func (p Papers) active() result.Metric {
	t := p.metric(multiTenancy, "rls_policies", "RLS policies", "all active",
		"the catalog read after the load, each policy tried on rows of other tenants; a watcher looks at it over and over while Langflow is upgraded", ExitFinding)
	looked, open := int64(0), 0
	if r := p.Run; r == nil {
		t.lacks(PaperRun)
	} else {
		for _, id := range policyChannels {
			looked += t.proved(r, id)
		}
	}
	exposed := map[string]bool{}
	watched := 0
	for _, s := range t.steps(everyStep) {
		if s.applies() && s.Outcome == result.StepNotNeeded {
			open++
			t.seeStep(s, true)
			t.fail("%s: %s", s.cell.Name, s.Why)
		}
		if s.applies() && s.Outcome == result.StepFailed && s.Attack == nil {
			open++
			t.seeStep(s, true)
			t.fail("%s: %s", s.where(), s.Why)
		}
		if len(s.Unprotected) > 0 && !s.upgrade() { // what an upgrade takes off, the step after it puts on again
			open += len(s.Unprotected)
			t.seeStep(s, true)
			t.fail("%s: no longer protected: %s", s.where(), some(s.Unprotected))
		}
		if e := s.Exposed; e != nil {
			watched += e.Looks
			t.seeStep(s, true)
			for _, table := range e.Tables {
				exposed[table] = true
				t.fail("%s: %s could be read without its policy", s.where(), table)
			}
		}
	}
	if c := p.Cutover; c != nil {
		t.see(PaperCutover, "forth.exposed")
		if c.Forth != nil && c.Forth.Exposed {
			open++
			t.fail("after the cutover owners, policies or rights are not as they should be: %s", differences(c.Forth.Differences))
		}
	}
	if watched == 0 && p.Layouts != nil {
		t.doubt("nobody watched the policies while Langflow was upgraded")
	}
	return t.done("%d tables, policies and conditions proved; %d found open; %d tables readable at some moment of %d looks", looked, open, len(exposed), watched)
}

// proved holds the audit of one channel against the metric, and gives how much was looked at.
func (t *trial) proved(r *result.Run, channel string) (units int64) {
	looked := false
	for i, c := range r.Checks {
		if c.Channel != channel || c.How != result.ByCatalog {
			continue
		}
		switch c.Status {
		case result.Pass:
			looked, units = true, units+c.Units
		case result.Fail:
			looked = true
		default:
			t.doubt("%s: %s", channel, c.Why)
		}
		t.see(PaperRun, "checks.%d", i)
	}
	if !looked {
		t.doubt("the audit didn't look at %s", channel)
	}
	for _, f := range r.Findings {
		if f.Channel == channel && counts(f) {
			t.fail("%s: %s (%s)", channel, f.What, f.Where)
		}
	}
	return units
}

// leakage counts whatever was shown to a tenant that is another's.
func (p Papers) leakage() result.Metric {
	t := p.metric(multiTenancy, "tenant_leakage", "Tenant leakage", "0 incidents",
		"every row and body of the loads held against what was seeded and written; what the attacks were shown; what could be read during an upgrade", ExitFinding)
	incidents, checks, bound := int64(0), int64(0), 0.0
	look := func(paper, path, load string, iso *result.Isolation) {
		t.see(paper, "%s", path)
		checks, bound = checks+iso.Reaching, max(bound, iso.UpperBound)
		if n := iso.Foreign + iso.Planted; n > 0 {
			incidents += n
			t.fail("%d rows of other tenants came back or were written %s", n, load)
		}
		if iso.Reaching == 0 {
			t.doubt("no execution %s could have shown a leak", load)
		}
	}
	leak := func(f result.Finding) bool { return f.Severity == result.Leak }
	if r := p.Run; r == nil {
		t.lacks(PaperRun)
	} else {
		look(PaperRun, "isolation", "in the load on the database", &r.Isolation)
		if r.HTTP == nil {
			t.doubt("there was no load over HTTP")
		} else {
			look(PaperRun, "http.isolation", "in the load over HTTP", &r.HTTP.Isolation)
		}
		for i, f := range r.Findings {
			if leak(f) {
				incidents++
				t.see(PaperRun, "findings.%d", i)
				t.fail("%s: %s", f.Channel, f.What)
			}
		}
		if r.Attack == nil {
			t.doubt("the main job didn't attack")
		}
	}
	if c := p.Cutover; c != nil && c.Isolation != nil {
		look(PaperCutover, "isolation", "during the cutover", c.Isolation)
	} else if c != nil {
		t.doubt("no load was checked during the cutover")
	}
	incidents += int64(t.attacked(func(a *result.StepAttack) int { return a.Leaks }) + t.afterCutover(leak))
	for _, s := range t.steps(everyStep) {
		if s.Exposed != nil && s.Exposed.Rows > 0 {
			incidents++
			t.seeStep(s, true)
			t.fail("%s: %d rows of other tenants could be read at once", s.where(), s.Exposed.Rows)
		}
	}
	shown := "no load could have shown one"
	if checks > 0 {
		shown = fmt.Sprintf("%d executions could have shown one, 95 %% bound of their share %.2g", checks, bound)
	}
	return t.done("%d incidents; %s", incidents, shown)
}
