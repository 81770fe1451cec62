package drill

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/engardehq/bulkhead/internal/mutants"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
)

// try applies a mutant to a copy and lets the detectors look. An error says that the stack isn't what it was.
func (d *drill) try(ctx context.Context, m mutants.Mutant, r *result.Drilled) error {
	alone := m.Scope != mutants.Database
	var before []string
	var err error
	if alone {
		if before, err = d.ward.state(ctx); err != nil {
			return err
		}
	}
	p, err := d.ward.admit(ctx)
	if err != nil {
		return err
	}
	var s sight
	failure := d.ward.apply(ctx, m, p)
	switch {
	case failure != nil:
	case m.Dose > 0:
		failure = d.dose(ctx, m, p, r)
	default:
		s = d.watch(ctx, m, p)
	}
	err = errors.Join(d.ward.undo(ctx, m, p), d.ward.dismiss(ctx, p))
	if err == nil && alone {
		err = d.ward.undone(ctx, before)
	}
	switch {
	case failure != nil:
		r.Outcome, r.Why = result.Unjudged, stack.Redact(failure.Error())
	case err == nil && m.Dose == 0:
		d.judge(ctx, m, s, r)
	}
	return err
}

// sight is what was seen of a mutant, look by look.
type sight struct {
	short   seen
	longer  []seen     // of longer attacks, where the short look wasn't enough
	probes  [][]string // that took part in each of these; nil for all
	unknown []string   // what kept a survivor from being judged
}

// watch lets the detectors look. What was noticed as something else, or not at all, is tried with the probes that are there for it; a survivor
// gets the full attack.
func (d *drill) watch(ctx context.Context, m mutants.Mutant, p *patient) (s sight) {
	s.short = d.look(ctx, p, m.Scope != mutants.Database)
	s.unknown = s.short.unknown
	noticed := d.news(s.short.findings, d.baseline)
	if !m.Leaks() || intended(noticed, m) {
		return s
	}
	again := func(only []string) {
		look := d.lookLonger(ctx, p, only)
		s.longer, s.probes = append(s.longer, look), append(s.probes, only)
		noticed = append(noticed, d.news(look.findings, d.baseline)...)
	}
	if asked := probesOf(m.Channel); len(asked) > 0 {
		again(asked)
	}
	if len(noticed) == 0 {
		again(nil)
		s.unknown = append(s.unknown, s.longer[len(s.longer)-1].unknown...)
	}
	return s
}

func intended(noticed []found, m mutants.Mutant) bool {
	return slices.ContainsFunc(noticed, func(f found) bool { return f.Channel == m.Channel })
}

// judge tells from what was seen what became of the mutant. It is undone by now, so that longer attacks can be made on a healthy copy too.
func (d *drill) judge(ctx context.Context, m mutants.Mutant, s sight, r *result.Drilled) {
	noticed := d.news(s.short.findings, d.baseline)
	for i, look := range s.longer {
		if len(d.news(look.findings, d.baseline)) > 0 {
			noticed = append(noticed, d.news(look.findings, d.healthyLonger(ctx, s.probes[i]))...)
		}
	}
	r.Detectors = detectors(noticed)
	switch {
	case !m.Leaks() && len(noticed) > 0:
		r.Outcome = result.FalseAlarm
	case intended(noticed, m):
		r.Outcome = result.KilledByIntended
	case len(noticed) > 0:
		r.Outcome = result.KilledByAnother
	case len(s.unknown) > 0:
		r.Outcome, r.Why = result.Unjudged, s.unknown[0]
	case !m.Leaks():
		r.Outcome, r.Why = result.Silent, m.Benign
	default:
		r.Outcome = result.Survived
	}
}

// news are the findings above a note that the healthy stack doesn't have.
func (d *drill) news(all []found, healthy map[string]bool) []found {
	return slices.DeleteFunc(slices.Clone(all), func(f found) bool { return f.Severity == result.Note || healthy[f.key()] })
}

// detectors has each detector with each channel once.
func detectors(all []found) []result.Detector {
	out := []result.Detector{}
	for _, f := range all {
		if !slices.ContainsFunc(out, func(d result.Detector) bool { return d.Detector == f.detector && d.Channel == f.Channel }) {
			out = append(out, result.Detector{Detector: f.detector, Channel: f.Channel, Finding: f.What + " (" + f.Where + ")"})
		}
	}
	return out
}

// healthy looks at a copy without any mutant. What is found there is an alarm for nothing, and kills nothing later.
func (d *drill) healthy(ctx context.Context, name string) error {
	began := time.Now()
	r := result.Drilled{ID: name, Channel: "", Doc: "the healthy deployment", Outcome: result.Silent}
	p, err := d.ward.admit(ctx)
	if err != nil {
		return err
	}
	s := d.look(ctx, p, true)
	if d.baseline == nil {
		d.baseline = map[string]bool{}
	}
	d.judgeHealthy(s, &r)
	if err := errors.Join(d.ward.redis.empty(ctx), d.ward.dismiss(ctx, p)); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.Seconds = time.Since(began).Seconds()
	return d.note(r)
}

// judgeHealthy: what is found without any mutant is a false alarm, and kills nothing later.
func (d *drill) judgeHealthy(s seen, r *result.Drilled) {
	noticed := d.news(s.findings, nil)
	for _, f := range noticed {
		d.baseline[f.key()] = true
	}
	r.Detectors = detectors(noticed)
	switch {
	case len(noticed) > 0:
		r.Outcome = result.FalseAlarm
	case len(s.unknown) > 0:
		r.Outcome, r.Why = result.Unjudged, s.unknown[0]
	}
}
