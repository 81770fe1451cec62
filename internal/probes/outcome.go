package probes

import (
	"cmp"
	"math"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// check is what a report says of one channel of a probe.
func (o *outcome) check(s Spec, channel string) result.Check {
	c := result.Check{Channel: channel, How: result.ByProbe, Name: s.Name, Doc: s.Doc, Units: o.units, Hits: o.hits, Status: result.Pass,
		Residual: strings.Join(o.residual, "; ")}
	c.Hits = max(c.Hits, int64(counting(o.findings)))
	switch {
	case o.notChecked != "":
		c.Status, c.Why = result.NotChecked, o.notChecked
	case counting(o.findings) > 0:
		c.Status = result.Fail
	case len(o.unknown) > 0:
		c.Status, c.Why = result.Unknown, cmp.Or(strings.Join(o.unknown, "; "), "it failed")
	case o.units > 0:
		c.UpperBound = 1 - math.Pow(0.05, 1/float64(o.units)) // exact, for no hit in so many
	}
	return c
}

// counting is how many findings decide something.
func counting(findings []result.Finding) (n int) {
	for _, f := range findings {
		if f.Severity != result.Note {
			n++
		}
	}
	return n
}
