// Package run is the order of it all: it brings a stack up, fills it, drives the load through the oracle, and makes the run document.
// Read Run from top to bottom for the whole story. The command line calls it; it decides nothing that verdict, oracle or
// load decide, and prints nothing but through a Console.
package run

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/seed"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/verdict"
	"github.com/engardehq/bulkhead/scenarios"
	"github.com/engardehq/bulkhead/sql"
)

// Options say what to run, and on what.
type Options struct {
	Scenario scenarios.Scenario
	Out      string      // folder of the run document and logs
	Backend  *OwnBackend // on the stack of Stack; nil is the one that it has
	Stack    string      // file of a stack that is up already; "" starts one
	Provider string      // who runs the servers, one of Providers; "" is the first
	Langflow string      // version of it that a new stack has, one of LangflowVersions; "" is the first
	Without  []string    // services to leave out, on top of the scenario's
	Asleep   bool        // Langflow's tables are there; no process of it or of the backend is started

	Components []string       // changes of the component that Langflow loads, each OLD => NEW
	Ports      map[string]int // by service
	Target     Target
	PGBin      string
	Version    string // of bulkhead, for the document
	Console    Console

	unwatched bool // nobody looks at the servers while the load runs: it is short, and looking takes as long
}

// Console shows a person what goes on. Implementations must take calls from several goroutines.
type Console interface {
	Step(format string, args ...any) // what begins now
	Seeding(p seed.Progress)         // several times a second
	Live(l Live)                     // each second of load
}

// Quiet is a Console that says nothing, for what happens hundreds of times or side by side.
type Quiet struct{}

// Step says nothing.
func (Quiet) Step(string, ...any) {}

// Seeding says nothing.
func (Quiet) Seeding(seed.Progress) {}

// Live says nothing.
func (Quiet) Live(Live) {}

// Target is the target that a run works on, with its operations.
type Target struct {
	target.Target
	Ops    []ops.Spec // at the database
	Calls  []ops.Spec // to its services, over HTTP
	Layout migrate.Layout
}

// Shipped is the target that comes with bulkhead.
func Shipped() (Target, error) {
	t, err := target.Load(fixtures.FS, "engarde")
	if err != nil {
		return Target{}, err
	}
	specs, err := ops.Load(sql.FS, "ops", "sql/ops")
	if err != nil {
		return Target{}, err
	}
	calls, err := ops.Load(fixtures.FS, "engarde/ops", "fixtures/engarde/ops")
	return Target{Target: t, Ops: specs, Calls: calls, Layout: migrate.Hardened}, err
}

// OfLayout is the shipped target as another layout of its database has it. One that isn't the target's own is there to be measured.
func OfLayout(layout migrate.Layout) (Target, error) {
	t, err := Shipped()
	if err != nil || layout == t.Layout {
		return t, err
	}
	t.Layout = layout
	t.Target, err = target.LoadLayout(fixtures.FS, "engarde", string(layout))
	return t, err
}

// With adds the operations of a folder of a team's own: .yaml and .sql files as those in sql/ops.
func (t Target) With(folder string) (Target, error) {
	more, err := ops.Load(os.DirFS(folder), ".", folder)
	if err != nil {
		return t, err
	}
	for _, s := range more {
		if slices.ContainsFunc(t.all(), func(known ops.Spec) bool { return known.Name == s.Name }) {
			return t, fmt.Errorf("operations: %s: there is an operation of that name already; rename it", filepath.Join(folder, s.Name+".yaml"))
		}
	}
	for _, s := range more {
		if s.Service != "" {
			t.Calls = append(slices.Clone(t.Calls), s)
		} else {
			t.Ops = append(slices.Clone(t.Ops), s)
		}
	}
	return t, nil
}

// all are the operations of both kinds.
func (t Target) all() []ops.Spec { return slices.Concat(t.Ops, t.Calls) }

// Run does one run and returns its document, judged and saved as run.json in Options.Out. An error says that there is no
// document worth reading: the stack or its set-up failed, or ctx was cancelled before the load.
func Run(ctx context.Context, o Options) (*result.Run, error) {
	started := time.Now()
	t := o.Target
	if err := checkFaults(o); err != nil {
		return nil, err
	}
	if err := checkOut(o.Out); err != nil {
		return nil, err
	}
	lock, err := stack.AcquireRunLock()
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	if err := clearOut(o.Out); err != nil {
		return nil, err
	}
	o.Without = union(o.Scenario.Without, o.Without)

	sys, err := Bring(ctx, o, t)
	if err != nil {
		return nil, err
	}
	defer sys.Close(ctx)

	doc := newDocument(o, t, sys, started)
	if doc.Target.Hash, err = t.Hash(); err != nil {
		return nil, err
	}
	if doc.Stack.Revisions, err = revisions(ctx, sys); err != nil {
		return nil, err
	}
	judge := newOracle(sys, t)
	if err := measure(ctx, o, t, sys, judge, doc); err != nil {
		return nil, err
	}
	if err := visit(ctx, o, t, sys, judge, doc); err != nil {
		return nil, err
	}
	examine(ctx, o, t, sys, doc)
	verdict.Judge(doc, verdict.Accept{Without: o.Scenario.Without})
	doc.Seconds = time.Since(started).Seconds()
	return doc, doc.Save(filepath.Join(o.Out, "run.json"))
}

// Up brings a stack up, leaves it running on purpose and writes its stack file.
func Up(ctx context.Context, o Options, file string) (*stack.Stack, error) {
	t := o.Target
	if s, err := stack.Load(ctx, file); err == nil {
		return nil, &stack.Error{What: fmt.Sprintf("a stack is up already (%s, since %s)", file, s.Started.Format(time.TimeOnly)),
			Mend: "use it with --stack " + file + ", or end it with `bulkhead down --stack " + file + "`"}
	}
	if err := checkOut(o.Out); err != nil {
		return nil, err
	}
	lock, err := stack.AcquireRunLock() // setting up would disturb a run that measures
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	if err := clearOut(o.Out); err != nil {
		return nil, err
	}
	o.Without = union(o.Scenario.Without, o.Without)
	o.Stack, o.Scenario.Faults, o.Scenario.HTTP = "", nil, nil // a stack that stays is whole
	sys, err := Bring(ctx, o, t)
	if err != nil {
		return nil, err
	}
	if err := sys.Leave(ctx, file); err != nil {
		sys.Close(ctx)
		return nil, err
	}
	return sys.Stack, nil
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// opsOf gives the specs of the scenario's mix, in the mix's order, and their weights; and apart those that a missing service rules out,
// by name, with that service.
func opsOf(t Target, sc scenarios.Scenario, missing []string) (specs []ops.Spec, weights []float64, ruledOut map[string]string) {
	ruledOut = map[string]string{}
	for _, name := range sc.Load.Ops() {
		all := t.all()
		i := slices.IndexFunc(all, func(s ops.Spec) bool { return s.Name == name })
		spec := all[i] // the scenario was loaded with these names
		if j := slices.IndexFunc(spec.Needs, func(s string) bool { return slices.Contains(missing, s) }); j >= 0 {
			ruledOut[name] = spec.Needs[j]
			continue
		}
		specs, weights = append(specs, spec), append(weights, sc.Load.Mix[name])
	}
	return specs, weights, ruledOut
}

func requirements(file string) ([]byte, error) {
	data, err := fs.ReadFile(fixtures.FS, file)
	if err != nil {
		return nil, fmt.Errorf("requirements: %w", err)
	}
	return data, nil
}
