package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// columns of the kill matrix, in the order in which the detectors look.
var drillDetectors = []string{"audit", "load", "attack", "full attack"}

// Drill writes a drill for a person at a terminal: the verdict first, then what each detector noticed of each mutant.
func Drill(w io.Writer, d *result.Drill) error {
	p := &printer{w: w}
	headline := map[result.Status]string{
		result.Pass:    "PASS: every mutant was noticed, and nothing else",
		result.Fail:    "FAIL",
		result.Unknown: "UNKNOWN: this drill can't answer",
	}[d.Verdict]
	p.outcome(headline, d.ExitCode, d.Reasons)
	p.line("  drill of target %s, seed %d, in %.0f s", d.Target, d.Seed, d.Seconds)
	if !d.Whole {
		p.line("  some mutants only, as asked for")
	}
	p.line("  %d mutants, %d killed, %d of them by the intended channel; %d equivalent", d.Mutants, d.Killed, d.KilledByIntended, d.Equivalent)
	p.line("  %d benign changes and the healthy deployment: %d false alarms", d.Benign, len(d.FalseAlarms))
	matrix(p, d)
	others(p, d)
	return p.err
}

// matrix is mutant x detector. A channel in a cell is what the detector called it; the mutant's own comes first.
func matrix(p *printer, d *result.Drill) {
	var rows [][]string
	for _, r := range d.Results {
		if r.Benign || r.Channel == "" || r.Outcome == result.IsEquivalent {
			continue
		}
		row := []string{r.ID, r.Scope}
		for _, name := range drillDetectors {
			var channels []string
			for _, found := range r.Detectors {
				if found.Detector == name && !slices.Contains(channels, found.Channel) {
					channels = append(channels, found.Channel)
				}
			}
			slices.SortFunc(channels, func(a, b string) int { return strings.Compare(order(a, r.Channel), order(b, r.Channel)) })
			row = append(row, strings.Join(channels, " "))
		}
		rows = append(rows, append(row, r.Outcome))
	}
	if len(rows) == 0 {
		return
	}
	p.line("")
	p.line("Who noticed what, and as which channel:")
	p.table(append([]string{"mutant", "scope"}, append(slices.Clone(drillDetectors), "outcome")...), rows)
}

// order has the mutant's own channel first.
func order(channel, own string) string {
	if channel == own {
		return ""
	}
	return channel
}

func others(p *printer, d *result.Drill) {
	if len(d.Doses) > 0 {
		p.line("")
		p.line("Low doses, in executions that could leak and in those that did:")
		var rows [][]string
		for _, dose := range d.Doses {
			rows = append(rows, []string{dose.ID, fmt.Sprintf("1 in %.0f", 1/dose.Chance), whole(dose.Reads), whole(dose.Detections), fmt.Sprintf("%.1f", dose.Predicted),
				fmt.Sprintf("%d to %d", dose.Low, dose.High)})
		}
		p.table([]string{"mutant", "chance", "executions", "leaked", "predicted", "99 % interval"}, rows, 2, 3, 4)
	}
	for _, part := range []struct{ title, outcome string }{{"Benign, and nothing was raised:", result.Silent}, {"Equivalent, so not tried:", result.IsEquivalent}} {
		var lines []string
		for _, r := range d.Results {
			if r.Outcome == part.outcome && r.Channel != "" {
				lines = append(lines, fmt.Sprintf("  %s: %s; %s", r.ID, r.Doc, r.Why))
			}
		}
		if len(lines) > 0 {
			p.line("")
			p.line("%s", part.title)
			p.line("%s", strings.Join(lines, "\n"))
		}
	}
}
