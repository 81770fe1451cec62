package probes

import (
	"cmp"
	"math"
	"slices"
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
	case counting(o.findings) > 0 || o.hits > 0: // of a hit with another cause the finding stands in that channel
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

// wheresMax is how many places of one cause are named.
const wheresMax = 6

// merged makes one finding of those that one mend ends in one channel: for several roles, by several probes, of several tables.
func merged(findings []result.Finding) (all []result.Finding) {
	for _, f := range findings {
		same := slices.IndexFunc(all, func(g result.Finding) bool {
			return g.Channel == f.Channel && g.Fix == f.Fix && g.Severity == f.Severity && f.Fix != ""
		})
		if same < 0 {
			all = append(all, f)
			continue
		}
		g := &all[same]
		g.Count += f.Count
		if places := strings.Split(g.Where, "; "); !slices.Contains(places, f.Where) && len(places) < wheresMax {
			g.Where += "; " + f.Where
		}
		if len(g.Evidence) < evidenceMax {
			g.Evidence = append(slices.Clone(g.Evidence), f.Evidence...)
		}
	}
	return all
}
