// Package gate holds runs of a change against a team's gate: what the runs themselves failed for, less the findings that are allowed for
// a while, and on top of it the gate's own objectives, channels and baseline. It is pure. It never makes a run's verdict milder than by
// what an allowance names, and has only repeated what is inconclusive. The command calls it.
package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/compare"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/verdict"
	"github.com/engardehq/bulkhead/scenarios"
)

// Judge holds the runs against the gate; each of them has to hold. Where they repeat one another because the first was inconclusive, what a
// later one decides is decided. base are the runs of the gate's baseline, if it has one. Whether an allowance is still good is asked of
// now. The error is the caller's to mend: runs that can't be compared.
func Judge(g scenarios.Gate, runs, base []compare.Run, now time.Time, repeats bool) (*result.Gate, error) {
	doc := &result.Gate{SchemaVersion: result.SchemaVersion, Name: g.Name, Reasons: []result.Reason{}, Allowances: []result.Allowance{}}
	for _, a := range g.Allowed {
		doc.Allowances = append(doc.Allowances, result.Allowance{Channel: a.Channel, Where: a.Where, Owner: a.Owner, Reason: a.Reason,
			Expires: a.Expires.Format(time.DateOnly), Expired: a.Expired(now)})
	}
	reasons := make([][]result.Reason, len(runs))
	for i, r := range runs {
		doc.Runs = append(doc.Runs, result.ComparedRun{File: r.File, Started: r.Doc.Started, Version: r.Doc.Version, Verdict: r.Doc.Verdict})
		reasons[i] = judgeRun(g, r.Doc, doc.Allowances)
	}
	if repeats {
		settle(doc, runs, reasons)
	}
	for i, r := range runs {
		for _, reason := range reasons[i] {
			if len(runs) > 1 {
				reason.What = r.File + ": " + reason.What
			}
			doc.Reasons = append(doc.Reasons, reason)
		}
	}
	if g.Baseline != nil {
		if err := judgeBaseline(doc, g.Baseline, runs, base); err != nil {
			return nil, err
		}
	}
	doc.Verdict, doc.ExitCode = verdict.Worst(doc.Reasons)
	return doc, nil
}

func judgeRun(g scenarios.Gate, r *result.Run, allowances []result.Allowance) []result.Reason {
	reasons := ownReasons(g, r, allowances)
	for _, reason := range objectives(g.Objectives, r) {
		if !slices.Contains(r.Reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	for _, id := range g.Channels {
		reasons = append(reasons, channel(id, r)...)
	}
	return reasons
}

// ownReasons are those of the run without the ones that only tell of allowed findings.
func ownReasons(g scenarios.Gate, r *result.Run, allowances []result.Allowance) (reasons []result.Reason) {
	dropped, kept := map[string]bool{}, map[string]string{}
	for _, f := range r.Findings {
		text := verdict.FindingReason(f)
		if text == "" {
			continue
		}
		switch a := allowance(g, f, allowances); {
		case a == nil:
			kept[text] = ""
		case a.Expired:
			a.Covers++
			kept[text] = fmt.Sprintf("; its allowance, which %s answers for, expired on %s", a.Owner, a.Expires)
		default:
			a.Covers++
			dropped[text] = true
		}
	}
	for _, reason := range r.Reasons {
		more, stays := kept[reason.What]
		if dropped[reason.What] && !stays { // two findings may have one text
			continue
		}
		reason.What += more
		reasons = append(reasons, reason)
	}
	return append(reasons, underLoad(r, reasons)...)
}

// underLoad tells what the load itself saw where nothing else does: rows that came back can be counted, not excused.
func underLoad(r *result.Run, reasons []result.Reason) []result.Reason {
	loads := []*result.Isolation{&r.Isolation}
	if r.HTTP != nil {
		loads = append(loads, &r.HTTP.Isolation)
	}
	var seen int64
	for _, iso := range loads {
		seen += iso.Foreign + iso.Planted + iso.Missing + iso.Lost
	}
	if seen == 0 || slices.ContainsFunc(reasons, func(x result.Reason) bool { return x.ExitCode == verdict.ExitFinding }) {
		return nil
	}
	return []result.Reason{{Status: result.Fail, ExitCode: verdict.ExitFinding,
		What: fmt.Sprintf("%d times the load itself met another tenant's data, or missed its own: no allowance covers that", seen)}}
}

// allowance is the first that covers a finding, one that is still good before one that isn't.
func allowance(g scenarios.Gate, f result.Finding, allowances []result.Allowance) *result.Allowance {
	var expired *result.Allowance
	for i, a := range g.Allowed {
		switch {
		case !a.Covers(f.Channel, f.Where):
		case !allowances[i].Expired:
			return &allowances[i]
		case expired == nil:
			expired = &allowances[i]
		}
	}
	return expired
}

// channel tells whether a channel was checked and held. What fails it is told by its findings already.
func channel(id string, r *result.Run) []result.Reason {
	i := slices.IndexFunc(r.Coverage, func(c result.Coverage) bool { return c.Channel == id })
	why := "the run says nothing of it"
	if i >= 0 {
		switch c := r.Coverage[i]; {
		case c.Status == result.Pass:
			return nil
		case c.Status == result.Fail:
			return unexplained(id, r)
		default:
			why = string(c.Status) + ", " + strings.TrimSpace(c.Why)
		}
	}
	return []result.Reason{{Status: result.Unknown, ExitCode: verdict.ExitUnknown, What: fmt.Sprintf("channel %s has to hold: %s", id, why)}}
}

// unexplained is the reason of a channel that failed without a finding that is told or allowed.
func unexplained(id string, r *result.Run) []result.Reason {
	if slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.Channel == id && verdict.FindingReason(f) != "" }) {
		return nil
	}
	return []result.Reason{{Status: result.Fail, ExitCode: verdict.ExitFinding, What: fmt.Sprintf("channel %s has to hold, and failed", id)}}
}

// judgeBaseline compares the runs with those of the baseline. What it says of isolation the runs have said already.
func judgeBaseline(doc *result.Gate, b *scenarios.Baseline, runs, base []compare.Run) error {
	rule := Rule(b)
	if err := rule.Check(); err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	c, err := compare.Compare(base, runs, rule)
	if err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	doc.Comparison = c
	for _, reason := range c.Reasons {
		if reason.ExitCode != verdict.ExitFinding {
			reason.What = againstBaseline + reason.What
			doc.Reasons = append(doc.Reasons, reason)
		}
	}
	return nil
}

// Rule is the comparison's own, but for what the baseline says.
func Rule(b *scenarios.Baseline) compare.Rule {
	rule := compare.Default()
	if b.Floor != nil {
		rule.FloorShare = *b.Floor
	}
	if b.FloorTime != nil {
		rule.FloorMillis = float64(b.FloorTime.Microseconds()) / 1000
	}
	if b.FloorErrors != nil {
		rule.FloorErrors = *b.FloorErrors
	}
	if b.Judge != nil {
		rule.Judge = b.Judge
	}
	rule.Allow = b.Allow
	return rule
}
