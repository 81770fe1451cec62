package reports

import (
	"fmt"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

func junitRun(r *result.Run) []junitSuite {
	all := []junitSuite{stamp(verdictSuite(r.Verdict, r.Reasons, r.Findings, r.Seconds, []junitProperty{
		{"bulkhead", r.Version}, {"exit_code", fmt.Sprint(r.ExitCode)}, {"scenario", r.Scenario.Name}, {"seed", fmt.Sprint(r.Seed)},
		{"target", r.Target.Name}, {"layout", r.Target.Layout}, {"target_hash", r.Target.Hash},
	}), r.Started)}
	objectives := objectiveCases("run", "the run", r.Objectives.Judged)
	var kept, broken []junitCase
	for _, l := range loads(r) {
		for i := range l.Ops {
			objectives = append(objectives, opCases(l.name, &l.Ops[i])...)
		}
		iso := l.isolation
		kept = append(kept, newCase("isolation", l.name+": rows that came back", l.MeasuredSeconds).settle(iso.Verdict,
			fmt.Sprintf("%s foreign, %s damaged, %s missing and %s planted of %s rows; %s executions could have returned another tenant's", whole(iso.Foreign), whole(iso.Damaged),
				whole(iso.Missing), whole(iso.Planted), whole(iso.RowsChecked), whole(iso.Reaching)), ""))
		for _, f := range l.faults {
			broken = append(broken, faultCase(l, f))
		}
	}
	all = append(all, suite("objectives", r.Load.MeasuredSeconds, objectives), suite("isolation", r.Load.MeasuredSeconds, kept))
	if len(broken) > 0 {
		all = append(all, suite("faults", r.Load.MeasuredSeconds, broken))
	}
	return append(all, checkSuites("run", r.Checks, r.Findings)...)
}

// opCases are an operation's objectives; of older documents, which don't have them one by one, its verdict.
func opCases(load string, op *result.Op) []junitCase {
	if len(op.Judged) == 0 || op.Verdict == result.NotChecked {
		return []junitCase{newCase("objectives."+load, op.Name, 0).settle(op.Verdict, op.Why, "")}
	}
	return objectiveCases(load, op.Name, op.Judged)
}

func objectiveCases(class, of string, judged []result.Objective) (cases []junitCase) {
	for _, o := range judged {
		cases = append(cases, newCase("objectives."+class, of+": "+o.Name, 0).settle(o.Status, o.Why, ""))
	}
	return cases
}

// faultCase: a scenario that says what it breaks must have broken it. In a load that ended before its time that is nobody's fault.
func faultCase(l namedLoad, f result.Disturbance) junitCase {
	c := newCase("faults", fmt.Sprintf("%s: %s at %g s", l.name, f.Fault, f.AtSeconds), max(0, f.BackSeconds-f.StartedSeconds))
	switch {
	case f.Done:
		return c.settle(result.Pass, f.Doc, f.Note)
	case l.Interrupted || l.EndedEarly != "":
		return c.settle(result.NotChecked, "the load ended before its time", "")
	}
	return c.settle(result.Unknown, "it was not brought about as asked: "+f.Error, f.Note)
}

func junitExamination(e *result.Examination) []junitSuite {
	v := verdictSuite(e.Verdict, e.Reasons, e.Findings, e.Seconds, []junitProperty{
		{"bulkhead", e.Version}, {"exit_code", fmt.Sprint(e.ExitCode)}, {"target", e.Target.Name}, {"seed", fmt.Sprint(e.Seed)},
	})
	return append([]junitSuite{v}, checkSuites(e.Kind, e.Checks, e.Findings)...)
}

// checkSuites are the checks, a suite for each way of checking. A check that failed has the findings of its channel. What was found in a
// channel of which no check failed, as when the load found it and the catalog names the door, is a case of its own.
func checkSuites(kind string, checks []result.Check, findings []result.Finding) (all []junitSuite) {
	told := map[string]bool{}
	for _, how := range []result.How{result.ByCatalog, result.ByProbe, result.ByLoad, result.ByDrill} {
		var cases []junitCase
		total := 0.0
		for _, c := range checks {
			if c.How != how {
				continue
			}
			total += c.Seconds
			one := newCase("checks."+string(how), fmt.Sprintf("%s %s: %s", c.Channel, c.Name, c.Doc), c.Seconds)
			if c.Status != result.Fail {
				cases = append(cases, one.settle(c.Status, checkWhy(c), ""))
				continue
			}
			told[c.Channel] = true
			cases = append(cases, one.settle(c.Status, failWhy(c, findings), channelText(kind, c.Channel, findings)))
		}
		if len(cases) > 0 {
			all = append(all, suite("checks."+string(how), total, cases))
		}
	}
	var rest []junitCase
	for _, f := range findings {
		if f.Severity != result.Note && !told[f.Channel] {
			rest = append(rest, newCase("findings", f.Channel+" "+f.What, 0).settle(result.Fail, f.What+" ("+f.Where+")", findingText(kind, f)))
		}
	}
	if len(rest) > 0 {
		all = append(all, suite("findings", 0, rest))
	}
	return all
}

func checkWhy(c result.Check) string {
	if c.Status != result.Pass || c.Why != "" {
		return c.Why
	}
	why := fmt.Sprintf("no hit in %s", whole(c.Units))
	if c.UpperBound > 0 {
		why += fmt.Sprintf("; 95 %% upper bound %.2g", c.UpperBound)
	}
	return why
}

func failWhy(c result.Check, findings []result.Finding) string {
	var first string
	n := 0
	for _, f := range findings {
		if f.Channel == c.Channel && f.Severity != result.Note {
			if n++; n == 1 {
				first = f.What
			}
		}
	}
	switch n {
	case 0:
		return fmt.Sprintf("%s hits in %s; what was found stands in another channel", whole(c.Hits), whole(c.Units))
	case 1:
		return first
	}
	return fmt.Sprintf("%s, and %d more", first, n-1)
}

func channelText(kind, channel string, findings []result.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		if f.Channel == channel {
			b.WriteString(findingText(kind, f))
		}
	}
	return b.String()
}

func junitDrill(d *result.Drill) []junitSuite {
	v := stamp(verdictSuite(d.Verdict, d.Reasons, nil, d.Seconds, []junitProperty{
		{"bulkhead", d.Version}, {"exit_code", fmt.Sprint(d.ExitCode)}, {"target", d.Target}, {"target_hash", d.TargetHash}, {"seed", fmt.Sprint(d.Seed)},
	}), d.Started)
	var cases []junitCase
	for _, m := range d.Results {
		scope := m.Scope
		if scope == "" {
			scope = "deployment" // the baseline, before and after
		}
		cases = append(cases, newCase("drill."+scope, strings.TrimSuffix(m.ID+": "+m.Doc, ": "), m.Seconds).settle(outcome(m.Outcome), mutantWhy(m), ""))
	}
	return []junitSuite{v, suite("mutants", d.Seconds, cases)}
}

// outcome is what became of a mutant, as a status.
func outcome(of string) result.Status {
	switch of {
	case result.KilledByIntended, result.KilledByAnother, result.AsPredicted, result.Silent:
		return result.Pass
	case result.Survived, result.FalseAlarm, result.NotAsPredicted:
		return result.Fail
	case result.IsEquivalent:
		return result.NotChecked
	}
	return result.Unknown
}

func mutantWhy(m result.Drilled) string {
	why := m.Outcome
	if m.Why != "" {
		why += ": " + m.Why
	}
	if len(m.Detectors) > 0 {
		first := m.Detectors[0]
		why += fmt.Sprintf("; %s: %s %s", first.Detector, first.Channel, first.Finding)
	}
	return why
}
