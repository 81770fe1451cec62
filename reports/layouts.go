package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Layouts writes a trial of the layouts for a person at a terminal: step x layout for each version of Langflow, then the evidence for what
// failed.
func Layouts(w io.Writer, l *result.Layouts) error {
	p := &printer{w: w}
	headline := map[result.Status]string{result.Pass: "PASS", result.Fail: "FAIL", result.Unknown: "UNKNOWN: this trial can't answer"}[l.Verdict]
	p.outcome(headline, l.ExitCode, l.Reasons)
	p.line("  layouts of target %s, seed %d, in %.0f s", l.Target, l.Seed, l.Seconds)
	if !l.Whole {
		p.line("  some cells only, as asked for")
	}
	var versions []string
	for _, c := range l.Cells {
		if !slices.Contains(versions, c.Langflow) {
			versions = append(versions, c.Langflow)
		}
	}
	for _, version := range versions {
		cells := slices.DeleteFunc(slices.Clone(l.Cells), func(c result.Cell) bool { return c.Langflow != version })
		p.line("")
		p.line("Beginning with Langflow %s:", version)
		stepTable(p, cells)
	}
	for _, c := range l.Cells {
		trialEvidence(p, c)
	}
	return p.err
}

// stepTable has a row for each step. The two that differ in order stand in the first cell's.
func stepTable(p *printer, cells []result.Cell) {
	var names []string
	header := []string{"step"}
	for _, c := range cells {
		header = append(header, c.Layout+", "+strings.TrimSuffix(c.Order, "-first")+" first")
		for _, s := range c.Steps {
			if !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	var rows [][]string
	for _, name := range names {
		row := []string{name}
		for _, c := range cells {
			cell := ""
			for _, s := range c.Steps {
				if s.Name == name {
					cell = outcomeOf(s)
				}
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	p.table(header, rows)
}

// outcomeOf is a step in a word or two; what failed stands out without colour.
func outcomeOf(s result.Step) string {
	if s.Outcome != result.StepFailed {
		return s.Outcome
	}
	var what []string
	if s.Why != "" && len(s.Log) > 0 && (strings.Contains(s.Why, "didn't start") || strings.Contains(s.Why, " failed: ")) {
		what = append(what, "didn't succeed")
	}
	for _, part := range []struct {
		holds bool
		word  string
	}{{len(s.Lost) > 0, "lost"}, {len(s.Overlap) > 0, "overlap"}, {s.Exposed != nil && len(s.Exposed.Tables) > 0, "exposed"},
		{s.Attack != nil && s.Attack.Leaks+s.Attack.Weaknesses > 0, "leaks"}} {
		if part.holds {
			what = append(what, part.word)
		}
	}
	return strings.TrimSpace("FAILED " + strings.Join(what, ", "))
}

func trialEvidence(p *printer, c result.Cell) {
	told := false
	for _, s := range c.Steps {
		if s.Outcome != result.StepFailed && s.Outcome != result.StepNotKnown && s.Exposed == nil && len(s.Unprotected) == 0 {
			continue
		}
		if !told {
			p.line("")
			p.line("%s (%.0f s):", c.Name, c.Seconds)
			told = true
		}
		p.line("  %s: %s%s", s.Name, s.Outcome, prefixed(": ", s.Why))
		for _, list := range []struct {
			what  string
			items []string
		}{{"lost", s.Lost}, {"no longer protected", s.Unprotected}, {"of both applications", s.Overlap}, {"log", s.Log}} {
			few(p, list.what, list.items)
		}
		if e := s.Exposed; e != nil {
			p.line("    watched %d times in %.0f s: %s", e.Looks, e.Seconds, exposed(e))
		}
		if a := s.Attack; a != nil && a.Leaks+a.Weaknesses > 0 {
			few(p, fmt.Sprintf("attack, %d leaks and %d weaknesses", a.Leaks, a.Weaknesses), a.Findings)
		}
	}
}

func exposed(e *result.Exposure) string {
	if len(e.Tables) == 0 {
		return "no table was readable without its policy"
	}
	return fmt.Sprintf("readable without a policy: %s; %d rows were read so at once", strings.Join(e.Tables, ", "), e.Rows)
}

// few lists some of the items; the document has them all.
func few(p *printer, what string, items []string) {
	const most = 6
	for i, item := range items {
		if i == most {
			p.line("    %s: and %d more", what, len(items)-most)
			return
		}
		p.line("    %s: %s", what, item)
	}
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
