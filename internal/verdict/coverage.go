package verdict

import (
	"slices"

	"github.com/engardehq/bulkhead/internal/result"
)

// Tally is how many leaking mutants of a channel the last drill made, and how many of them were noticed.
type Tally struct{ Mutants, Killed int }

// Cover tells of each channel what was done about it. drilled is nil where no drill of this target is known.
func Cover(checks []result.Check, findings []result.Finding, drilled map[string]Tally) []result.Coverage {
	var all []result.Coverage
	for _, ch := range result.Channels {
		all = append(all, cover(ch, checks, findings, drilled))
	}
	for _, id := range teamsOwn(checks) {
		all = append(all, cover(result.Channel{ID: id}, checks, findings, drilled))
	}
	return all
}

// teamsOwn are the channels of a team's own checks and probes that bulkhead's list doesn't have.
func teamsOwn(checks []result.Check) (ids []string) {
	for _, c := range checks {
		if _, known := result.ChannelNamed(c.Channel); !known && !slices.Contains(ids, c.Channel) {
			ids = append(ids, c.Channel)
		}
	}
	slices.Sort(ids)
	return ids
}

func cover(ch result.Channel, checks []result.Check, findings []result.Finding, drilled map[string]Tally) result.Coverage {
	c := result.Coverage{Channel: ch.ID, Doc: ch.Doc, Residual: ch.Residual, Status: result.NotChecked, Why: ch.Not}
	for _, check := range checks {
		if check.Channel != ch.ID {
			continue
		}
		if check.Residual != "" && c.Residual == "" {
			c.Residual = check.Residual
		}
		if check.Status == result.NotChecked {
			if c.Status == result.NotChecked && c.Why == "" {
				c.Why = check.Why
			}
			continue
		}
		if !slices.Contains(c.How, check.How) {
			c.How = append(c.How, check.How)
		}
		if check.How != result.ByCatalog {
			c.Units += check.Units
		}
		c.Hits += check.Hits
		c.UpperBound = max(c.UpperBound, check.UpperBound)
		if c.Status == result.NotChecked || worse(check.Status, c.Status) {
			c.Status, c.Why = check.Status, check.Why
		}
	}
	if slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Channel == ch.ID && counts(f) }) {
		c.Status, c.Why, c.UpperBound = result.Fail, "", 0
	}
	if c.Status == result.NotChecked && c.Why == "" {
		c.Why = "nothing in this run looked at it"
	}
	if drilled != nil {
		c.Drilled = true
		c.Mutants, c.Killed = drilled[ch.ID].Mutants, drilled[ch.ID].Killed
		if c.Mutants > 0 {
			c.How = append(c.How, result.ByDrill)
		}
	}
	return c
}

func counts(f result.Finding) bool {
	return f.Severity == result.Leak || f.Severity == result.Weakness
}

// Examine judges an audit or an attack by itself, as Judge does a run.
func Examine(e *result.Examination, accept Accept) {
	e.Reasons = nil
	add := AdderTo(&e.Reasons)
	judgeFindings(e.Findings, add)
	judgeChecks(e.Checks, accept, add)
	e.Verdict, e.ExitCode = Worst(e.Reasons)
}

// judgeChecks holds what could not be decided against the verdict. What bulkhead has no way to check yet is no Check and doesn't count.
func judgeChecks(checks []result.Check, accept Accept, add Adder) {
	looked := 0
	for _, c := range checks {
		switch c.Status {
		case result.Unknown:
			add(result.Unknown, ExitUnknown, "%s by %s %s: %s", c.Channel, c.How, c.Name, c.Why)
		case result.NotChecked:
			if !slices.Contains(accept.Without, c.Lacks) {
				add(result.Unknown, ExitUnknown, "%s was not checked by %s %s: %s", c.Channel, c.How, c.Name, c.Why)
			}
		default:
			looked++
		}
	}
	if looked == 0 {
		add(result.Unknown, ExitUnknown, "nothing was looked at")
	}
}
