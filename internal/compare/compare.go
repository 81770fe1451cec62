// Package compare holds the runs of one build against those of another: whether it became slower or faster by more than chance and by
// more than is worth telling, and whether it still keeps tenants apart. It is pure. It never takes one run for an answer: a run is one
// draw, and what too few draws can't tell is not enough data, never no difference. The command and the gate call it.
package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stats"
	"github.com/engardehq/bulkhead/internal/verdict"
)

// Run is a run document, and the file that it was read from.
type Run struct {
	File string
	Doc  *result.Run
}

// Rule is how a comparison decides.
type Rule struct {
	// Alpha is the chance of any false alarm in a comparison of two equal builds.
	Alpha float64
	// A shift counts from both floors on: FloorShare of the base's median, and FloorMillis for latencies, FloorErrors for shares of errors.
	FloorShare, FloorMillis, FloorErrors float64
	// Judge are the measures that decide, of Measures; the others are shown.
	Judge []string
	// Allow are keys of differences that are taken as they are, of Keys.
	Allow []string
}

// Default is the rule where nobody asks for another.
func Default() Rule {
	return Rule{Alpha: 0.05, FloorShare: 0.05, FloorMillis: 0.25, FloorErrors: 0.001, Judge: slices.Clone(Measures)}
}

const confidence = 0.95

// Compare holds candidate against base. The error is the caller's to mend: there is nothing to compare, a run is there twice, or the runs
// differ in what has to be the same, which is a *NotAlikeError.
func Compare(base, candidate []Run, rule Rule) (*result.Comparison, error) {
	if len(base) == 0 || len(candidate) == 0 {
		return nil, fmt.Errorf("%d base runs and %d candidates: a comparison needs runs on both sides, eight or more for a verdict", len(base), len(candidate))
	}
	if err := once(slices.Concat(base, candidate)); err != nil {
		return nil, err
	}
	different, err := alike(base, candidate, rule.Allow)
	if err != nil {
		return nil, err
	}
	c := &result.Comparison{SchemaVersion: result.SchemaVersion, Different: different, Base: side(base), Candidate: side(candidate),
		Rule: result.ComparisonRule{Alpha: rule.Alpha, FloorShare: rule.FloorShare, FloorMillis: rule.FloorMillis, FloorErrors: rule.FloorErrors, Judged: rule.Judge, Confidence: confidence}}
	values := gather(base, candidate)
	c.LeftOut = values.leftOut
	c.Contrasts = contrasts(values, rule)
	correct(c, rule)
	for i := range c.Contrasts {
		if c.Contrasts[i].Judged {
			decide(&c.Contrasts[i], c.Rule)
		}
	}
	judge(c, candidate)
	return c, nil
}

// once refuses a run that is given twice: it would count as two draws.
func once(runs []Run) error {
	type draw struct {
		started int64
		seconds float64
	}
	seen := map[draw]string{}
	for _, r := range runs {
		is := draw{r.Doc.Started.UnixNano(), r.Doc.Seconds}
		if first, ok := seen[is]; ok {
			return fmt.Errorf("%s and %s are the same run: give each run once, on one side", first, r.File)
		}
		seen[is] = r.File
	}
	return nil
}

// side sums up what the runs of a side say of isolation.
func side(runs []Run) (s result.ComparedSide) {
	s.Findings = []result.Finding{}
	for _, r := range runs {
		s.Runs = append(s.Runs, result.ComparedRun{File: r.File, Started: r.Doc.Started, Version: r.Doc.Version, Verdict: r.Doc.Verdict})
		for _, iso := range isolations(r.Doc) {
			s.Reaching += iso.Reaching
			s.Leaks += iso.Foreign + iso.Planted
			s.Missing += iso.Missing
			s.Lost += iso.Lost
			s.Damaged += iso.Damaged
		}
		for _, f := range r.Doc.Findings {
			if f.Severity != result.Note && !slices.ContainsFunc(s.Findings, func(g result.Finding) bool { return sameFinding(f, g) }) {
				f.Evidence = nil
				s.Findings = append(s.Findings, f)
			}
		}
	}
	s.UpperBound = stats.UpperBound(s.Leaks, s.Reaching, 0.95)
	return s
}

func sameFinding(f, g result.Finding) bool {
	return f.Channel == g.Channel && f.Severity == g.Severity && f.Where == g.Where && f.What == g.What
}

func isolations(r *result.Run) []*result.Isolation {
	if r.HTTP == nil {
		return []*result.Isolation{&r.Isolation}
	}
	return []*result.Isolation{&r.Isolation, &r.HTTP.Isolation}
}

// correct sets what the number of hypotheses does to each P. A measure whose values are all the same can't raise an alarm whichever run
// were on which side, so it is no hypothesis (Tarone 1990) and costs the others nothing.
func correct(c *result.Comparison, rule Rule) {
	var p []float64
	var of []*result.Contrast
	smallest := 1.0
	for i := range c.Contrasts {
		x := &c.Contrasts[i]
		if !x.Judged || allSame(x) {
			continue
		}
		p, of = append(p, x.P), append(of, x)
		smallest = min(smallest, stats.SmallestP(len(x.Base.Values), len(x.Candidate.Values)))
	}
	for i, adjusted := range stats.Holm(p) {
		of[i].PHolm = adjusted
	}
	c.Rule.Hypotheses, c.Rule.SmallestP = len(p), smallest
	c.Rule.SmallestAdj = min(1, smallest*float64(max(1, len(p))))
}

func allSame(x *result.Contrast) bool {
	all := slices.Concat(x.Base.Values, x.Candidate.Values)
	return len(all) == 0 || slices.Min(all) == slices.Max(all)
}

// judge comes to the outcome of the whole: 1 beats 3 beats 4.
func judge(c *result.Comparison, candidate []Run) {
	add := func(status result.Status, code int, format string, args ...any) {
		c.Reasons = append(c.Reasons, result.Reason{Status: status, ExitCode: code, What: fmt.Sprintf(format, args...)})
	}
	judgeIsolation(c, candidate, add)
	var judged int
	var undecided []result.Contrast
	for _, x := range c.Contrasts {
		if x.Judged {
			judged++
		}
		switch x.Outcome {
		case result.Regression:
			add(result.Fail, verdict.ExitMissed, "%s: %s", name(x), x.Why)
		case result.NotEnough:
			undecided = append(undecided, x)
		}
	}
	if judged == 0 {
		add(result.Unknown, verdict.ExitUnknown, "nothing was measured on both sides that could be judged")
	}
	tellUndecided(undecided, judged, add)
	slices.SortStableFunc(c.Reasons, func(a, b result.Reason) int { return gravity(a) - gravity(b) })
	c.Outcome, c.ExitCode = result.NoDifference, verdict.ExitPass
	if slices.ContainsFunc(c.Contrasts, func(x result.Contrast) bool { return x.Outcome == result.Improvement }) {
		c.Outcome = result.Improvement
	}
	if len(c.Reasons) > 0 {
		c.ExitCode = c.Reasons[0].ExitCode
		c.Outcome = map[int]result.Outcome{verdict.ExitFinding: result.NotIsolated, verdict.ExitMissed: result.Regression, verdict.ExitUnknown: result.NotEnough}[c.ExitCode]
	}
}

// eachTold is up to how many undecided measures are told one by one; more have mostly one cause, too few runs.
const eachTold = 5

func tellUndecided(undecided []result.Contrast, judged int, add func(result.Status, int, string, ...any)) {
	if len(undecided) <= eachTold {
		for _, x := range undecided {
			add(result.Unknown, verdict.ExitUnknown, "%s: %s", name(x), x.Why)
		}
		return
	}
	worst := slices.MaxFunc(undecided, func(a, b result.Contrast) int { return a.MoreBase + a.MoreCandidate - b.MoreBase - b.MoreCandidate })
	add(result.Unknown, verdict.ExitUnknown, "%d of %d measures are undecided; the one that lacks most is %s: %s", len(undecided), judged, name(worst), worst.Why)
}

func gravity(r result.Reason) int {
	return slices.Index([]int{verdict.ExitFinding, verdict.ExitMissed, verdict.ExitUnknown}, r.ExitCode)
}

func judgeIsolation(c *result.Comparison, candidate []Run, add func(result.Status, int, string, ...any)) {
	x := c.Candidate
	for _, f := range x.Findings {
		told := "not in the base"
		if slices.ContainsFunc(c.Base.Findings, func(g result.Finding) bool { return sameFinding(f, g) }) {
			told = "in the base too"
		}
		add(result.Fail, verdict.ExitFinding, "the candidate has a %s (%s), %s: %s", f.Severity, f.Channel, told, f.What)
	}
	if len(x.Findings) == 0 { // the counts decide even if no finding tells of them
		for _, n := range []struct {
			count int64
			what  string
		}{{x.Leaks, "rows of other tenants, or writes into theirs"}, {x.Missing, "own rows that weren't served"}, {x.Lost, "acknowledged writes that were lost"}} {
			if n.count > 0 {
				add(result.Fail, verdict.ExitFinding, "the candidate has %d %s", n.count, n.what)
			}
		}
	}
	var unknown, failed []string
	for _, r := range candidate {
		if slices.ContainsFunc(isolations(r.Doc), func(iso *result.Isolation) bool { return iso.Verdict == result.Unknown || iso.Damaged > 0 }) {
			unknown = append(unknown, r.File)
		}
		if r.Doc.ExitCode == verdict.ExitFinding {
			failed = append(failed, r.File)
		}
	}
	if len(failed) > 0 && !slices.ContainsFunc(c.Reasons, func(r result.Reason) bool { return r.ExitCode == verdict.ExitFinding }) {
		add(result.Fail, verdict.ExitFinding, "a run of the candidate failed for a leak or weakness itself: %s", strings.Join(failed, ", "))
	}
	if len(unknown) > 0 {
		add(result.Unknown, verdict.ExitUnknown, "whether tenants stayed apart is unknown in %s: see its own report", strings.Join(unknown, ", "))
	}
}

// name is how reasons call a contrast.
func name(x result.Contrast) string {
	if x.Operation == "" {
		return fmt.Sprintf("%s, %s", x.Load, x.Measure)
	}
	return fmt.Sprintf("%s, %s", x.Operation, x.Measure)
}

// NotAlikeError names in what the runs differ, so that a difference in speed could come of that.
type NotAlikeError struct{ Differences []result.Difference }

func (e *NotAlikeError) Error() string {
	var b strings.Builder
	b.WriteString("these runs can't be compared:")
	var keys []string
	for _, d := range e.Differences {
		fmt.Fprintf(&b, "\n  %s: %s is %s in the base, %s in the candidate", d.Key, d.What, list(d.Base), list(d.Candidate))
		if !slices.Contains(keys, d.Key) {
			keys = append(keys, d.Key)
		}
	}
	fmt.Fprintf(&b, "\nmake the runs alike, or compare them all the same with --allow %s", strings.Join(keys, ","))
	return b.String()
}

func list(values []string) string { return strings.Join(values, " and ") }

// Check tells what is wrong with a rule.
func (r Rule) Check() error {
	for _, m := range r.Judge {
		if !slices.Contains(Measures, m) {
			return fmt.Errorf("there is no measure %q; one of %s", m, strings.Join(Measures, ", "))
		}
	}
	for _, k := range r.Allow {
		if !slices.Contains(Keys, k) {
			return fmt.Errorf("nothing called %q can be allowed; one of %s", k, strings.Join(Keys, ", "))
		}
	}
	switch {
	case len(r.Judge) == 0:
		return errors.New("nothing is to be judged; name one measure at least")
	case r.Alpha < 0.001 || r.Alpha > 0.2:
		return fmt.Errorf("a chance of false alarms of %g is outside 0.001 to 0.2", r.Alpha)
	case r.FloorShare < 0 || r.FloorShare > 1 || r.FloorMillis < 0 || r.FloorErrors < 0 || r.FloorErrors > 1:
		return errors.New("a floor can't be below 0, nor a share above 100 %")
	}
	return nil
}
