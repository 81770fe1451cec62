package compare

import (
	"fmt"
	"math"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stats"
)

// mostMore is where telling how many more runs are needed ends: who needs more has to make the runs longer or the machine quieter.
const mostMore = 50

// decide gives one contrast its outcome. An alarm needs both: more than chance explains, and more than the floor. No difference needs the
// whole interval of the shift within the floor, so that few or wildly spread runs can't come to it.
func decide(x *result.Contrast, rule result.ComparisonRule) {
	n, m := len(x.Base.Values), len(x.Candidate.Values)
	worse := x.Shift > 0
	if x.Measure == Rate {
		worse = x.Shift < 0
	}
	size := math.Abs(x.Shift)
	switch {
	case n == 0 || m == 0:
		x.Outcome = result.NotEnough
		x.MoreBase, x.MoreCandidate = stats.MoreNeeded(n, m, rule.Hypotheses, rule.Alpha)
		x.Why = fmt.Sprintf("%d runs of the base and %d of the candidate have a figure; %s", n, m, more(x))
	case size > 0 && size >= x.Floor && x.PHolm <= rule.Alpha:
		x.Outcome = result.Improvement
		if worse {
			x.Outcome = result.Regression
		}
		x.Why = fmt.Sprintf("%s, p %s after correction", shift(x), pValue(x.PHolm))
	case x.ShiftCI != nil && math.Max(math.Abs(x.ShiftCI[0]), math.Abs(x.ShiftCI[1])) < math.Max(x.Floor, tiny):
		x.Outcome = result.NoDifference
		x.Why = fmt.Sprintf("%s, within the floor of %s", shift(x), amount(x.Floor, x.Unit))
	default:
		x.Outcome = result.NotEnough
		lack(x, rule)
	}
}

// tiny lets a shift of exactly 0 be within a floor of 0.
const tiny = 1e-12

// lack tells why a contrast is undecided, and about how many more runs would decide it.
func lack(x *result.Contrast, rule result.ComparisonRule) {
	n, m := len(x.Base.Values), len(x.Candidate.Values)
	if least := stats.SmallestP(n, m) * float64(max(1, rule.Hypotheses)); least > rule.Alpha {
		x.MoreBase, x.MoreCandidate = stats.MoreNeeded(n, m, rule.Hypotheses, rule.Alpha)
		x.Why = fmt.Sprintf("%s; %d against %d runs can't get below p %s over %d hypotheses, %g is wanted; %s", shift(x), n, m, pValue(math.Min(1, least)), rule.Hypotheses, rule.Alpha, more(x))
		return
	}
	if x.ShiftCI == nil { // can't be: who can reach alpha has an interval
		x.MoreBase, x.MoreCandidate = 1, 1
		x.Why = fmt.Sprintf("%s; %s", shift(x), more(x))
		return
	}
	factor := moreBy(x, rule)
	x.MoreBase, x.MoreCandidate = lacking(n, factor), lacking(m, factor)
	x.Why = fmt.Sprintf("%s, p %s after correction: neither surely beyond the floor of %s nor surely within; %s", shift(x), pValue(x.PHolm), amount(x.Floor, x.Unit), more(x))
}

// moreBy is by about which factor the runs have to become more, if what they showed stays as it is: intervals narrow with the root of
// their number. A shift beyond the floor has to become significant after correction, one within it has to have its interval within.
func moreBy(x *result.Contrast, rule result.ComparisonRule) float64 {
	half := math.Max(x.ShiftCI[1]-x.Shift, x.Shift-x.ShiftCI[0])
	room := x.Floor - math.Abs(x.Shift)
	if room <= 0 {
		half *= stats.NormalQuantile(1-rule.Alpha/2/float64(max(1, rule.Hypotheses))) / stats.NormalQuantile(1-(1-confidence)/2)
		room = math.Abs(x.Shift)
	}
	return math.Pow(half/math.Max(room, tiny), 2)
}

func lacking(n int, factor float64) int {
	return int(math.Min(mostMore, math.Max(1, math.Ceil(float64(n)*(factor-1)))))
}

func more(x *result.Contrast) string {
	if x.MoreBase >= mostMore || x.MoreCandidate >= mostMore {
		return fmt.Sprintf("%d or more a side are lacking: longer runs or a quieter machine help more", mostMore)
	}
	return fmt.Sprintf("about %d more of the base and %d of the candidate are needed", x.MoreBase, x.MoreCandidate)
}

// shift words by how much the candidate is off, with its interval.
func shift(x *result.Contrast) string {
	text := fmt.Sprintf("%s to %s, shift %+.3g%s", amount(x.Base.Median, x.Unit), amount(x.Candidate.Median, x.Unit), scaled(x.Shift, x.Unit), unit(x.Unit))
	if x.Unit != units[Errors] && x.Base.Median > 0 {
		text += fmt.Sprintf(" (%+.1f %%)", 100*x.Shift/x.Base.Median)
	}
	if x.ShiftCI == nil {
		return text + ", without an interval"
	}
	return text + fmt.Sprintf(" in %+.3g to %+.3g", scaled(x.ShiftCI[0], x.Unit), scaled(x.ShiftCI[1], x.Unit))
}

// scaled shows shares in per cent.
func scaled(v float64, u string) float64 {
	if u == units[Errors] {
		return 100 * v
	}
	return v
}

func unit(u string) string {
	switch u {
	case units[Errors]:
		return " % points"
	case units[Rate]:
		return "/s"
	}
	return " " + u
}

func amount(v float64, u string) string {
	if u == units[Errors] {
		return fmt.Sprintf("%.3g %%", 100*v)
	}
	return fmt.Sprintf("%.3g%s", v, unit(u))
}

func pValue(p float64) string {
	if p < 0.0001 {
		return "below 0.0001"
	}
	return fmt.Sprintf("%.2g", p)
}
