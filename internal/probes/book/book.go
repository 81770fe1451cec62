// Package book is what probes write down while they try things: what was looked at, what was found, and what couldn't be told. It makes
// the checks and findings of a report of it, the same way for probes by SQL and by HTTP. Package probes and those below it call it.
package book

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Book holds the outcomes of one probe, by channel.
type Book map[string]*Outcome

// At is the outcome of a channel.
func (b Book) At(channel string) *Outcome {
	if b[channel] == nil {
		b[channel] = &Outcome{}
	}
	return b[channel]
}

// Outcome is what came of one probe in one channel.
type Outcome struct {
	Units      int64
	Hits       int64
	Findings   []result.Finding
	Unknown    []string // reasons why it couldn't be told
	NotChecked string   // why nothing was tried
	Residual   []string // what stays open by design, with what showed it
	Left       []string // what a pooled client can leave for the next
}

// Looked counts something that was looked at, and whether it was as it must be.
func (o *Outcome) Looked(ok bool) bool {
	o.Units++
	if !ok {
		o.Hits++
	}
	return ok
}

// Unsure notes why something couldn't be told, once.
func (o *Outcome) Unsure(why string) {
	if !slices.Contains(o.Unknown, why) {
		o.Unknown = append(o.Unknown, why)
	}
}

// Residue notes what stays open by design, once.
func (o *Outcome) Residue(what string) {
	if !slices.Contains(o.Residual, what) {
		o.Residual = append(o.Residual, what)
	}
}

// EvidenceMax is how many cases of one finding are kept.
const EvidenceMax = 8

// Add keeps a finding; one that says the same of the same place is counted there.
func (o *Outcome) Add(f result.Finding) {
	for i := range o.Findings {
		if g := &o.Findings[i]; g.What == f.What && g.Where == f.Where {
			g.Count += f.Count
			if f.Severity == result.Leak {
				g.Severity = result.Leak
			}
			if len(g.Evidence) < EvidenceMax {
				g.Evidence = append(g.Evidence, f.Evidence...)
			}
			return
		}
	}
	o.Findings = append(o.Findings, f)
}

// Check is what a report says of one channel of a probe.
func (o *Outcome) Check(name, doc, channel string) result.Check {
	c := result.Check{Channel: channel, How: result.ByProbe, Name: name, Doc: doc, Units: o.Units, Hits: o.Hits, Status: result.Pass,
		Residual: strings.Join(o.Residual, "; ")}
	c.Hits = max(c.Hits, int64(counting(o.Findings)))
	switch {
	case o.NotChecked != "":
		c.Status, c.Why = result.NotChecked, o.NotChecked
	case counting(o.Findings) > 0 || o.Hits > 0: // of a hit with another cause the finding stands in that channel
		c.Status = result.Fail
	case len(o.Unknown) > 0:
		c.Status, c.Why = result.Unknown, cmp.Or(reasons(o.Unknown), "it failed")
	case o.Units > 0:
		c.UpperBound = 1 - math.Pow(0.05, 1/float64(o.Units)) // exact, for no hit in so many
	}
	return c
}

// reasonsMax is how many reasons are told; a server that is gone has as many as there were requests.
const reasonsMax = 6

func reasons(all []string) string {
	if more := len(all) - reasonsMax; more > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(all[:reasonsMax], "; "), more)
	}
	return strings.Join(all, "; ")
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

// Merged makes one finding of those that one mend ends in one channel: for several roles, by several probes, of several tables.
func Merged(findings []result.Finding) (all []result.Finding) {
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
		if len(g.Evidence) < EvidenceMax {
			g.Evidence = append(slices.Clone(g.Evidence), f.Evidence...)
		}
	}
	return all
}
