package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Examination writes an audit or an attack for a person at a terminal: the verdict first, then what was found, then a table of all that was
// looked at, by channel.
func Examination(w io.Writer, e *result.Examination) error {
	p := &printer{w: w}
	headline := map[result.Status]string{
		result.Pass:    "PASS: no door to another tenant's data was found open",
		result.Fail:    "FAIL",
		result.Unknown: "UNKNOWN: this " + e.Kind + " can't answer",
	}[e.Verdict]
	p.outcome(headline, e.ExitCode, e.Reasons)
	seed := ""
	if e.Kind == "attack" {
		seed = fmt.Sprintf(", seed %d", e.Seed)
	}
	p.line("  %s of target %s%s, in %.1f s", e.Kind, e.Target.Name, seed, e.Seconds)
	for _, f := range e.Findings {
		found(p, e.Kind, f)
	}
	examined(p, e)
	accepted(p, e)
	return p.err
}

func found(p *printer, kind string, f result.Finding) {
	p.line("")
	p.line("%s %s: %s", strings.ToUpper(string(f.Severity)), f.Channel, f.What)
	p.line("  where: %s", f.Where)
	if f.Count > 1 {
		p.line("  seen:  %s times", whole(f.Count))
	}
	for i, e := range f.Evidence {
		if i == evidenceShown {
			p.line("  (%d more in %s.json)", len(f.Evidence)-i, kind)
			break
		}
		if e.Execution == 0 && e.File != "" {
			p.line("         %s, asked by tenant %s", e.File, e.Tenant)
			e.File = ""
		}
		evidence(p, e)
	}
	if f.Fix != "" {
		p.line("  mend:  %s", f.Fix)
	}
}

// examined is a line for each check, in the order in which they were made; what failed to answer says why under the table.
func examined(p *printer, e *result.Examination) {
	var rows [][]string
	var left []string
	for _, channel := range result.Channels {
		for _, c := range e.Checks {
			if c.Channel == channel.ID {
				rows = append(rows, checkRow(c))
			}
		}
	}
	for _, c := range e.Checks {
		if _, known := result.ChannelNamed(c.Channel); !known {
			rows = append(rows, checkRow(c))
		}
		if c.Status == result.NotChecked || c.Status == result.Unknown {
			left = append(left, fmt.Sprintf("%s %s, %s: %s", c.Channel, c.Name, c.Status, c.Why))
		}
	}
	p.line("")
	p.line("Looked at:")
	p.table([]string{"", "check", "what", "n", "hits", "95 % bound", "status"}, rows, 3, 4, 5)
	for _, l := range left {
		p.line("  %s", l)
	}
	if a := e.Attack; a != nil {
		p.line("Tried %s of %s combinations, depth %s; of %s pairs of choices %s; %d attackers", whole(int64(a.Tried)), whole(int64(a.Combinations)), a.Depth,
			whole(int64(a.Pairs)), whole(int64(a.PairsCovered)), a.Attackers)
	}
	services(p, e.Attack)
	removal(p, e.Removal)
	if e.Kind == "attack" {
		p.line("The bound is of the share of tries that leak, for these tries; tries count as independent.")
	} else {
		p.line("The catalog proves what it says, so there is no bound; what it can't say, `bulkhead attack` tries.")
	}
	residual := map[string]bool{}
	for _, c := range e.Checks {
		if c.Residual != "" && !residual[c.Residual] {
			residual[c.Residual] = true
			p.line("Residual by design, %s: %s", c.Channel, c.Residual)
		}
	}
}

func checkRow(c result.Check) []string {
	limit := ""
	if c.UpperBound > 0 {
		limit = fmt.Sprintf("%.2g", c.UpperBound)
	}
	return []string{c.Channel, c.Name, c.Doc, whole(c.Units), whole(c.Hits), limit, string(c.Status)}
}

// accepted are the exceptions that were not held against the target.
func accepted(p *printer, e *result.Examination) {
	if len(e.Target.Exceptions) == 0 {
		return
	}
	p.line("")
	p.line("Declared exceptions, not held against it:")
	for _, x := range e.Target.Exceptions {
		p.line("  %s: %s", x.What, x.Reason)
	}
}

// services tell how much of each service was tried over HTTP.
func services(p *printer, a *result.AttackScope) {
	if a == nil {
		return
	}
	for _, s := range a.Services {
		p.line("Over HTTP, %s %s: %s combinations of route, verb and identity tried on %s routes (%s route x verb), the owner served on %s of them; %s requests",
			s.Service, s.Version, whole(int64(s.Combinations)), whole(int64(s.Routes)), whole(int64(s.Verbs)), whole(int64(s.Controls)), whole(int64(s.Requests)))
		for _, skip := range s.Skipped {
			p.line("  not called: %s (%s)", skip.What, skip.Reason)
		}
	}
}
