package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// The documents that a sign-off is judged by.
const (
	PaperRun     = "run"
	PaperLayouts = "layouts"
	PaperCutover = "cutover"
	PaperCost    = "cost"
)

// Papers are the documents of a sign-off, nil where there is none.
type Papers struct {
	Layout  string // that is to be signed for
	Run     *result.Run
	Layouts *result.Layouts
	Cutover *result.Cutover
	Cost    *result.Cost
	Files   map[string]string // by document, as the sign-off calls them
	Missing map[string]string // by document that isn't there: why
}

// Signoff judges each success metric of the design by the documents. A document that isn't there leaves its metrics unknown.
func Signoff(p Papers) []result.Metric {
	var all []result.Metric
	for _, metrics := range [][]result.Metric{p.migrations(), p.integrity(), p.performance(), p.tenancy(), p.costs(), p.operation()} {
		all = append(all, metrics...)
	}
	return all
}

// SumSignoff gives the verdict of all metrics together, and of documents that don't belong together.
func SumSignoff(s *result.Signoff, p Papers) {
	s.Reasons = []result.Reason{}
	add := AdderTo(&s.Reasons)
	for _, m := range s.Metrics {
		switch m.Status {
		case result.Fail:
			add(result.Fail, m.ExitCode, "%s: %s", m.Name, cut(m.Why, briefly))
		case result.Unknown:
			add(result.Unknown, ExitUnknown, "%s: %s", m.Name, cut(m.Why, briefly))
		case result.NotChecked:
			if m.Sign == nil {
				add(result.Unknown, ExitUnknown, "%s: %s", m.Name, m.Why)
			}
		}
	}
	// A document can fail for what no metric asks, as a service that is too slow.
	for _, d := range s.Documents {
		if code := d.ExitCode; d.File != "" && code != ExitPass {
			add(d.Verdict, code, "%s by itself is %s: %s", d.What, d.Verdict, cut(d.Why, briefly))
		}
	}
	if len(s.Metrics) == 0 {
		add(result.Unknown, ExitUnknown, "there is no metric")
	}
	for _, c := range p.contradictions() {
		add(result.Unknown, ExitUnknown, "the documents don't belong together: %s", c)
	}
	if s.Verdict, s.ExitCode = Worst(s.Reasons); s.Verdict == result.Pass {
		s.Verdict = result.Ready
	}
}

// contradictions are what keeps documents from being about the same thing.
func (p Papers) contradictions() (all []string) {
	type paper struct{ kind, target, hash, version string }
	var papers []paper
	if r := p.Run; r != nil {
		papers = append(papers, paper{PaperRun, r.Target.Name, r.Target.Hash, r.Version})
		if r.Target.Layout != p.Layout {
			all = append(all, fmt.Sprintf("the main job ran on layout %s, not on %s", r.Target.Layout, p.Layout))
		}
	}
	if l := p.Layouts; l != nil {
		papers = append(papers, paper{PaperLayouts, l.Target, l.TargetHash, l.Version})
	}
	if c := p.Cutover; c != nil {
		papers = append(papers, paper{PaperCutover, c.Target, c.TargetHash, c.Version})
		if c.To != p.Layout {
			all = append(all, fmt.Sprintf("the cutover went to layout %s, not to %s", c.To, p.Layout))
		}
	}
	for i := 1; i < len(papers); i++ {
		a, b := papers[0], papers[i]
		if a.target != b.target || a.hash != b.hash {
			all = append(all, fmt.Sprintf("%s and %s are of different targets (%s %s, %s %s)", a.kind, b.kind, a.target, a.hash, b.target, b.hash))
		}
		if a.version != b.version {
			all = append(all, fmt.Sprintf("%s and %s are of different versions of bulkhead (%s, %s)", a.kind, b.kind, a.version, b.version))
		}
	}
	return all
}

// trial gathers what speaks about one metric.
type trial struct {
	result.Metric
	p             Papers
	fails, doubts []string
	remarks       []string // told with a pass as well
}

// metric begins one. code is what a miss ends with.
func (p Papers) metric(group, id, name, wanted, how string, code int) *trial {
	return &trial{p: p, Metric: result.Metric{ID: id, Group: group, Name: name, Wanted: wanted, How: how, ExitCode: code, Evidence: []result.Exhibit{}}}
}

func (t *trial) fail(format string, args ...any) {
	t.fails = append(t.fails, fmt.Sprintf(format, args...))
}

func (t *trial) doubt(format string, args ...any) {
	t.doubts = append(t.doubts, fmt.Sprintf(format, args...))
}

func (t *trial) remark(format string, args ...any) {
	t.remarks = append(t.remarks, fmt.Sprintf(format, args...))
}

// see points at a place in a document.
func (t *trial) see(paper, format string, args ...any) {
	x := result.Exhibit{File: t.p.Files[paper], Path: fmt.Sprintf(format, args...)}
	if !slices.Contains(t.Evidence, x) {
		t.Evidence = append(t.Evidence, x)
	}
}

// lacks notes that a document isn't there.
func (t *trial) lacks(paper string) {
	why := t.p.Missing[paper]
	if why == "" {
		why = "there is no " + paper + ".json"
	}
	t.doubt("not measured: %s", why)
}

// done closes the metric: a miss beats a doubt, and what nothing speaks for is unknown.
func (t *trial) done(measured string, args ...any) result.Metric {
	t.Measured = fmt.Sprintf(measured, args...)
	if len(t.Evidence) == 0 && len(t.doubts) == 0 {
		t.doubt("nothing was looked at")
	}
	switch {
	case len(t.fails) > 0:
		t.Status = result.Fail
	case len(t.doubts) > 0:
		t.Status, t.ExitCode = result.Unknown, ExitUnknown
	default:
		t.Status, t.ExitCode = result.Pass, ExitPass
	}
	if len(t.Evidence) == 0 {
		t.Measured = "not measured"
	}
	t.Why = told(slices.Concat(t.fails, t.remarks))
	if len(t.fails) == 0 {
		t.Why = told(slices.Concat(t.doubts, t.remarks))
	}
	return t.Metric
}

// told names the first few, each once and not at length; the documents have all.
func told(all []string) string {
	const few = 3
	var once []string
	for _, s := range all {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	shown := make([]string, 0, few)
	for _, s := range once[:min(few, len(once))] {
		shown = append(shown, cut(s, atLength))
	}
	if more := len(once) - len(shown); more > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(shown, "; "), more)
	}
	return strings.Join(shown, "; ")
}

// Runes of a reason of the whole, where the metric itself tells more, and of one of a metric's grounds.
const (
	briefly  = 160
	atLength = 220
)

func cut(s string, longest int) string {
	if r := []rune(s); len(r) > longest {
		return strings.TrimSpace(string(r[:longest])) + "..."
	}
	return s
}
