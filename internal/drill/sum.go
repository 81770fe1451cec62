package drill

import (
	"cmp"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/verdict"
)

// sum counts the results and gives the verdict: a survivor, a false alarm or a dose off its prediction fails, what couldn't be judged leaves
// the drill unknown.
func sum(d *result.Drill) {
	slices.SortStableFunc(d.Results, func(a, b result.Drilled) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.ID, b.ID)) })
	d.Survived, d.FalseAlarms, d.Unjudged, d.Doses, d.Reasons = []string{}, []string{}, []string{}, []result.Dose{}, nil
	because := verdict.AdderTo(&d.Reasons)
	for _, r := range d.Results {
		switch r.Outcome {
		case result.KilledByIntended:
			d.Mutants, d.Killed, d.KilledByIntended = d.Mutants+1, d.Killed+1, d.KilledByIntended+1
		case result.KilledByAnother:
			d.Mutants, d.Killed = d.Mutants+1, d.Killed+1
		case result.Survived:
			d.Mutants++
			d.Survived = append(d.Survived, r.ID)
			because(result.Fail, verdict.ExitFinding, "%s survived: %s", r.ID, r.Doc)
		case result.IsEquivalent:
			d.Equivalent++
		case result.FalseAlarm:
			d.FalseAlarms = append(d.FalseAlarms, r.ID)
			because(result.Fail, verdict.ExitFinding, "%s raised an alarm: %s", r.ID, r.Detectors[0].Finding)
		case result.NotAsPredicted:
			because(result.Fail, verdict.ExitFinding, "%s was noticed %d times in %d reads; predicted %d to %d", r.ID, r.Dose.Detections, r.Dose.Reads, r.Dose.Low, r.Dose.High)
		case result.Unjudged:
			d.Unjudged = append(d.Unjudged, r.ID)
			because(result.Unknown, verdict.ExitUnknown, "%s could not be judged: %s", r.ID, r.Why)
		}
		if r.Dose != nil {
			d.Doses = append(d.Doses, *r.Dose)
		}
		if r.Benign {
			d.Benign++
		}
	}
	if d.Mutants+d.Benign+len(d.Doses) == 0 && d.Reasons == nil {
		because(result.Unknown, verdict.ExitUnknown, "nothing was judged")
	}
	d.Verdict, d.ExitCode = verdict.Worst(d.Reasons)
}

// rank has the baselines first.
func rank(r result.Drilled) int {
	if strings.HasPrefix(r.ID, "baseline") {
		return 0
	}
	return 1
}
