// Package drill breaks a healthy deployment on purpose, in one small way after the other, and looks whether audit, attack and load notice.
// A mutant is applied to a copy of the database, which is dropped, or to what all share, which is put back. It stands above run, checks
// and probes, and only the command line calls it.
package drill

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/engardehq/bulkhead/internal/mutants"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
)

// Options say what to drill, and on what.
type Options struct {
	Run     run.Options // of the stack; Out is the folder of drill.json
	Mutants []mutants.Mutant
	Only    []string // ids of mutants, channels or scopes; empty for all
	Jobs    int      // mutants of a database under way at once
	Resume  bool     // leave out what an earlier drill into the same folder has judged
	Log     func(format string, args ...any)
}

// ErrOptions marks a mistake in what was asked for.
var ErrOptions = errors.New("drill")

// drill is one drill under way.
type drill struct {
	Options
	ward     *ward
	journal  *journal
	baseline map[string]bool            // findings that are there without any mutant, by key
	longer   map[string]map[string]bool // the same of longer attacks, by the probes that take part
	longerMu sync.Mutex
	front    *front // with the service whose mutants are tried

	mu      sync.Mutex
	began   time.Time
	total   int // mutants to try
	done    int // of them
	results []result.Drilled
}

// Run does a whole drill and returns its document, judged and saved. An error says that there is none worth reading.
func Run(ctx context.Context, o Options) (*result.Drill, error) {
	d := &drill{Options: o, began: time.Now(), longer: map[string]map[string]bool{}}
	chosen, err := choose(o.Mutants, o.Only)
	if err != nil {
		return nil, err
	}
	chosen, left := serveable(chosen, o)
	doc := &result.Drill{SchemaVersion: result.SchemaVersion, Version: o.Run.Version, Target: o.Run.Target.Name, Seed: o.Run.Scenario.Seed, Started: d.began.UTC(),
		Whole: len(o.Only) == 0 && left == 0}
	if doc.TargetHash, err = o.Run.Target.Hash(); err != nil {
		return nil, err
	}
	if d.journal, err = openJournal(o.Run.Out, *doc, o.Resume); err != nil {
		return nil, err
	}
	defer d.journal.close()
	chosen = d.leaveOut(chosen)
	d.total = len(chosen)
	if d.ward, err = openWard(ctx, o); err != nil {
		return nil, err
	}
	defer d.ward.close(ctx)
	doc.Settings = d.ward.settings

	if err := d.healthy(ctx, "baseline before"); err != nil {
		return nil, err
	}
	if left > 0 {
		o.Log("%d mutants of services are left out: a drill starts them on a stack of its own", left)
	}
	beside, alone, served := apart(chosen)
	if err := d.sideBySide(ctx, beside); err != nil {
		return nil, err
	}
	for _, m := range alone {
		if err := d.one(ctx, m); err != nil {
			return nil, err
		}
	}
	if err := d.served(ctx, served); err != nil {
		return nil, err
	}
	if err := d.healthy(ctx, "baseline after"); err != nil {
		return nil, err
	}
	doc.Results = d.results
	sum(doc)
	doc.Seconds = time.Since(d.began).Seconds()
	if doc.Whole {
		if err := run.KeepDrill(doc); err != nil {
			return nil, err
		}
	}
	return doc, doc.Save(filepath.Join(o.Run.Out, "drill.json"))
}

// choose picks the mutants named, in the order in which they are kept.
func choose(all []mutants.Mutant, only []string) ([]mutants.Mutant, error) {
	used := map[string]bool{}
	chosen := slices.DeleteFunc(slices.Clone(all), func(m mutants.Mutant) bool {
		wanted := len(only) == 0
		for _, name := range only {
			if name == m.ID || name == m.Channel || name == string(m.Scope) || name == "benign" && m.Benign != "" {
				wanted, used[name] = true, true
			}
		}
		return !wanted
	})
	for _, name := range only {
		if !used[name] {
			return nil, fmt.Errorf("%w: no mutant is, or has the channel or scope, %q; `bulkhead drill --list` shows all", ErrOptions, name)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%w: there are no mutants", ErrOptions)
	}
	return chosen, nil
}

// leaveOut takes over what an earlier drill has judged.
func (d *drill) leaveOut(chosen []mutants.Mutant) []mutants.Mutant {
	return slices.DeleteFunc(chosen, func(m mutants.Mutant) bool {
		done, ok := d.journal.judged(m)
		if ok {
			d.results = append(d.results, done)
		}
		return ok
	})
}

// apart tells mutants that can be tried side by side, each on a copy of its own, from those that all copies would feel. Low doses need the
// processor for themselves.
func apart(chosen []mutants.Mutant) (beside, alone, served []mutants.Mutant) {
	for _, m := range chosen {
		if m.Served() {
			served = append(served, m)
		} else if m.Scope == mutants.Database && m.Dose == 0 {
			beside = append(beside, m)
		} else {
			alone = append(alone, m)
		}
	}
	return beside, alone, served
}

// serveable leaves out the mutants of services where these can't be started: on a stack that was up before, or without them.
func serveable(chosen []mutants.Mutant, o Options) (able []mutants.Mutant, left int) {
	able = slices.DeleteFunc(slices.Clone(chosen), func(m mutants.Mutant) bool {
		return m.Served() && (o.Run.Stack != "" || slices.Contains(o.Run.Without, string(m.Scope)) || slices.Contains(o.Run.Scenario.Without, string(m.Scope)))
	})
	return able, len(chosen) - len(able)
}

func (d *drill) sideBySide(ctx context.Context, all []mutants.Mutant) error {
	jobs := make(chan mutants.Mutant)
	errs := make(chan error, max(1, d.Jobs))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var workers sync.WaitGroup
	for range max(1, d.Jobs) {
		workers.Go(func() {
			for m := range jobs {
				if err := d.one(ctx, m); err != nil {
					errs <- err
					cancel()
					return
				}
			}
		})
	}
	for _, m := range all {
		select {
		case jobs <- m:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(jobs)
	workers.Wait()
	close(errs)
	for err := range errs {
		return err
	}
	return ctx.Err()
}

// one tries one mutant and notes what became of it. An error ends the drill: the stack isn't what it was.
func (d *drill) one(ctx context.Context, m mutants.Mutant) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	began := time.Now()
	r := result.Drilled{ID: m.ID, Channel: m.Channel, Scope: string(m.Scope), Doc: m.Doc, Benign: m.Benign != "", Detectors: []result.Detector{}, Hash: hash(m)}
	switch {
	case m.Equivalent != "":
		r.Outcome, r.Why = result.IsEquivalent, m.Equivalent
	default:
		try := d.try
		if m.Served() {
			try = d.tryServed
		}
		err := try(ctx, m, &r)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.ID, err)
		}
	}
	r.Seconds = time.Since(began).Seconds()
	return d.note(r)
}

func (d *drill) note(r result.Drilled) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.results = append(d.results, r)
	if r.Channel == "" { // a baseline, which is looked at each time
		d.Log("%s: %s%s", r.ID, r.Outcome, by(r))
		return nil
	}
	d.done++
	d.Log("%d/%d %s: %s%s", d.done, d.total, r.ID, r.Outcome, by(r))
	return d.journal.add(r)
}

// by tells who noticed, and how a mutant that wasn't judged came to that.
func by(r result.Drilled) string {
	if r.Outcome == result.Unjudged {
		return ": " + r.Why
	}
	if r.Dose != nil {
		return fmt.Sprintf(": %d of %d, predicted %d to %d", r.Dose.Detections, r.Dose.Reads, r.Dose.Low, r.Dose.High)
	}
	var names []string
	for _, found := range r.Detectors {
		if name := found.Detector + " " + found.Channel; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}
