package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Comparison writes a comparison for a person at a terminal: the outcome first, then each measure on both sides.
func Comparison(w io.Writer, c *result.Comparison) error {
	p := &printer{w: w}
	p.outcome(strings.ToUpper(string(c.Outcome)), c.ExitCode, c.Reasons)
	p.line("  %d runs of the base against %d of the candidate", len(c.Base.Runs), len(c.Candidate.Runs))
	p.line("  a shift counts from %.3g %% of the base and %.3g ms on (of errors: %.3g %% points); equal builds differ by chance in %.3g %% of comparisons at most",
		100*c.Rule.FloorShare, c.Rule.FloorMillis, 100*c.Rule.FloorErrors, 100*c.Rule.Alpha)
	p.line("  %d hypotheses; the smallest p that so many runs can give is %.2g, after correction %.2g", c.Rule.Hypotheses, c.Rule.SmallestP, c.Rule.SmallestAdj)
	for _, x := range c.LeftOut {
		p.line("  left out: %s: %s", x.What, x.Reason)
	}
	for _, d := range c.Different {
		allowed := ""
		if d.Key != "" {
			allowed = fmt.Sprintf(" (allowed: %s)", d.Key)
		}
		p.line("  differs: %s: %s; %s%s", d.What, strings.Join(d.Base, " and "), strings.Join(d.Candidate, " and "), allowed)
	}
	contrasts(p, c)
	sides(p, c)
	return p.err
}

// contrasts is a table for each measure, in the order of the document.
func contrasts(p *printer, c *result.Comparison) {
	titles := map[string]string{"p95": "p95 of response times, ms, median of the runs", "p50": "p50 of response times, ms, median of the runs",
		"errors": "Share of executions that failed, %, median of the runs", "rate": "Achieved rate of the whole load, /s, median of the runs"}
	var measures []string
	for _, x := range c.Contrasts {
		if !slices.Contains(measures, x.Measure) {
			measures = append(measures, x.Measure)
		}
	}
	for _, m := range measures {
		var rows [][]string
		quiet := 0
		for _, x := range c.Contrasts {
			if x.Measure != m {
				continue
			}
			if m == "errors" && neverAny(x.Base) && neverAny(x.Candidate) {
				quiet++ // most operations, and nothing to see
				continue
			}
			rows = append(rows, contrast(x))
		}
		p.line("")
		if p.line("%s:", orText(titles[m], m)); len(rows) > 0 {
			p.table([]string{"operation", "base", "candidate", "shift", "95 % interval", "%", "p (Holm)", "outcome"}, rows, 3, 5, 6)
		}
		if quiet > 0 {
			p.line("  %d operations without a failure on either side", quiet)
		}
	}
}

func neverAny(s result.Spread) bool {
	return len(s.Values) > 0 && slices.Max(s.Values) == 0
}

func contrast(x result.Contrast) []string {
	scale := 1.0
	if x.Unit == "share" {
		scale = 100
	}
	between := func(ci *[2]float64, format string) string {
		if ci == nil {
			return ""
		}
		return fmt.Sprintf(format+" to "+format, scale*ci[0], scale*ci[1])
	}
	value := func(s result.Spread) string {
		switch {
		case len(s.Values) == 0:
			return "none"
		case s.CI == nil:
			return fmt.Sprintf("%.3g", scale*s.Median)
		default:
			return fmt.Sprintf("%.3g (%s)", scale*s.Median, between(s.CI, "%.3g"))
		}
	}
	change := ""
	if x.Unit != "share" && x.Base.Median > 0 {
		change = fmt.Sprintf("%+.1f", 100*x.Shift/x.Base.Median)
	}
	shift := fmt.Sprintf("%+.3g", scale*x.Shift)
	if len(x.Base.Values) == 0 || len(x.Candidate.Values) == 0 {
		shift, change = "", ""
	}
	pHolm, outcome := fmt.Sprintf("%.2g", x.PHolm), string(x.Outcome)
	if !x.Judged {
		pHolm, outcome = "", "not judged"
	}
	if x.MoreBase+x.MoreCandidate > 0 {
		outcome += fmt.Sprintf(", lacks about %d + %d", x.MoreBase, x.MoreCandidate)
	}
	return []string{orText(x.Operation, "all of "+x.Load), value(x.Base), value(x.Candidate), shift, between(x.ShiftCI, "%+.3g"), change, pHolm, outcome}
}

// sides is what the runs say of isolation.
func sides(p *printer, c *result.Comparison) {
	row := func(name string, of func(s result.ComparedSide) string) []string {
		return []string{name, of(c.Base), of(c.Candidate)}
	}
	count := func(of func(s result.ComparedSide) int64) func(result.ComparedSide) string {
		return func(s result.ComparedSide) string { return whole(of(s)) }
	}
	p.line("")
	p.line("Isolation:")
	p.table([]string{"all runs together", "base", "candidate"}, [][]string{
		row("executions that could have leaked", count(func(s result.ComparedSide) int64 { return s.Reaching })),
		row("rows of other tenants, and writes into theirs", count(func(s result.ComparedSide) int64 { return s.Leaks })),
		row("own rows that were missing", count(func(s result.ComparedSide) int64 { return s.Missing })),
		row("acknowledged writes that were lost", count(func(s result.ComparedSide) int64 { return s.Lost })),
		row("damaged rows", count(func(s result.ComparedSide) int64 { return s.Damaged })),
		row("leaks and weaknesses found, each once", count(func(s result.ComparedSide) int64 { return int64(len(s.Findings)) })),
	}, 1, 2)
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
