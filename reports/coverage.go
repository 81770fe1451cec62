package reports

import (
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// coverage tells of each channel what was done about it, then what wasn't and why, then what no check can shut.
func coverage(p *printer, all []result.Coverage) {
	if len(all) == 0 {
		return
	}
	var rows [][]string
	var reasons []string
	left := map[string][]string{}
	for _, c := range all {
		if c.Status == result.NotChecked {
			if left[c.Why] == nil {
				reasons = append(reasons, c.Why)
			}
			left[c.Why] = append(left[c.Why], c.Channel)
			continue
		}
		rows = append(rows, []string{c.Channel, c.Doc, ways(c.How), number(c.Units), bound(c), noticed(c), string(c.Status)})
	}
	p.line("")
	p.line("Coverage: the ways by which a tenant's data can reach another, and what was done about each")
	p.table([]string{"", "way", "checked by", "n", "95 % bound", "mutants noticed", "status"}, rows, 3, 4, 5)
	p.line("n are reads, writes and borrowed connections; the bound is of the share of them that leak, for this workload. The catalog proves and has neither.")
	for _, why := range reasons {
		p.line("Not checked: %s (%s)", strings.Join(left[why], " "), why)
	}
	for _, c := range all {
		if c.Residual != "" {
			p.line("Residual by design, %s: %s", c.Channel, c.Residual)
		}
	}
}

func ways(how []result.How) string {
	words := make([]string, len(how))
	for i, h := range how {
		words[i] = string(h)
	}
	return strings.Join(words, ", ")
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return whole(n)
}

func bound(c result.Coverage) string {
	if c.UpperBound == 0 {
		return ""
	}
	return fmt.Sprintf("%.2g", c.UpperBound)
}

// noticed is how many of the channel's mutants the last drill noticed.
func noticed(c result.Coverage) string {
	switch {
	case !c.Drilled:
		return "not drilled"
	case c.Mutants == 0:
		return "none made"
	}
	return fmt.Sprintf("%d of %d", c.Killed, c.Mutants)
}
