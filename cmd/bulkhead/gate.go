package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/compare"
	"github.com/engardehq/bulkhead/internal/gate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/reports"
	"github.com/engardehq/bulkhead/scenarios"
)

const gateDocument = "gate.json"

func newGateCmd() *cobra.Command {
	var (
		file, out string
		asJSON    bool
	)
	cmd := &cobra.Command{
		Use:   "gate RUN... --gate FILE",
		Short: "Hold runs against a team's gate: objectives, findings allowed for a while, a baseline",
		Long: "Hold runs against a team's gate: objectives, findings allowed for a while, a baseline. Nothing is started, and nothing is run again.\n\n" +
			"A run is given as its run.json, as its folder, or as a folder of either; every one of them has to hold. What a run itself failed for stays,\n" +
			"but for leaks and weaknesses that the gate allows and whose day hasn't passed. `bulkhead run --gate` does the same with the run that it makes.\n\n" +
			"Exit codes: 0 it may go on, 1 a leak or weakness that isn't allowed, 2 bad input or runs that can't be compared, 3 an objective missed or a\n" +
			"regression, 4 not known.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if file == "" {
				return usageError(errors.New("--gate is missing: name the file that says what has to hold"))
			}
			runs, err := runsIn(args)
			if err != nil {
				return usageError(err)
			}
			g, err := openGate(file, knownIn(runs))
			if err != nil {
				return usageError(err)
			}
			doc, err := g.judge(runs, false)
			if err != nil {
				return usageError(err)
			}
			return tellGate(cmd.OutOrStdout(), doc, out, asJSON)
		},
	}
	f := cmd.Flags()
	f.StringVar(&file, "gate", "", "file that says what has to hold")
	f.StringVar(&out, "out", "", "folder for "+gateDocument+" (default: none is written)")
	f.BoolVar(&asJSON, "json", false, "print "+gateDocument+" instead of the report")
	return cmd
}

// openedGate is a gate with the runs of its baseline, so that what is wrong with either is told before a run.
type openedGate struct {
	scenarios.Gate
	file string
	base []compare.Run
}

func openGate(file string, known scenarios.GateKnown) (g openedGate, err error) {
	g.file = file
	if g.Gate, err = scenarios.OpenGate(file, known); err != nil || g.Baseline == nil {
		return g, err
	}
	if g.base, err = runsIn([]string{g.Baseline.Runs}); err != nil {
		return g, fmt.Errorf("%s: baseline.runs: %w", file, err)
	}
	return g, nil
}

func (g openedGate) judge(runs []compare.Run, repeats bool) (*result.Gate, error) {
	doc, err := gate.Judge(g.Gate, runs, g.base, time.Now(), repeats)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.file, err)
	}
	doc.File, doc.Version = g.file, version()
	if doc.Comparison != nil {
		doc.Comparison.Version = version()
	}
	return doc, nil
}

// hold judges a run, and has it repeated while that may decide what is inconclusive and one more fits into the gate's time. more makes the
// n-th run; began is when the first did.
func (g openedGate) hold(ctx context.Context, first compare.Run, began time.Time, more func(ctx context.Context, n int) (compare.Run, error)) (*result.Gate, error) {
	for runs := []compare.Run{first}; ; {
		doc, err := g.judge(runs, true)
		if err != nil {
			return nil, usageError(err)
		}
		took := time.Since(began)
		if !gate.Again(doc) || ctx.Err() != nil || took+took/time.Duration(len(runs)) > g.RepeatWithin {
			return doc, nil
		}
		next, err := more(ctx, len(runs)+1)
		if err != nil {
			return nil, err
		}
		runs = append(runs, next)
	}
}

// gated holds a run against a gate, which then has the last word. Repetitions are kept in folders of their own in the run's.
func gated(cmd *cobra.Command, o run.Options, first *result.Run, began time.Time, g *openedGate) error {
	file := func(folder string) string { return filepath.Join(folder, "run.json") }
	doc, err := g.hold(cmd.Context(), compare.Run{File: file(o.Out), Doc: first}, began, func(ctx context.Context, n int) (compare.Run, error) {
		again := o
		again.Out = filepath.Join(o.Out, fmt.Sprintf("repeat-%d", n))
		o.Console.Step("gate %s: inconclusive, so run %d begins", g.Name, n)
		r, err := run.Run(ctx, again)
		if err != nil {
			return compare.Run{}, setupError(ctx, err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "Written: %s, verdict %s\n", file(again.Out), r.Verdict)
		return compare.Run{File: file(again.Out), Doc: r}, nil
	})
	if err != nil {
		return err
	}
	return tellGate(cmd.OutOrStdout(), doc, o.Out, false)
}

// gateKnown is what any gate may name; operations come from what is run.
func gateKnown() scenarios.GateKnown {
	k := scenarios.GateKnown{Measures: compare.Measures, Keys: compare.Keys}
	for _, c := range result.Channels {
		k.Channels = append(k.Channels, c.ID)
	}
	return k
}

// knownIn adds the operations of runs, and the channels of a team's own checks.
func knownIn(runs []compare.Run) scenarios.GateKnown {
	k := gateKnown()
	add := func(to *[]string, name string) {
		if !slices.Contains(*to, name) {
			*to = append(*to, name)
		}
	}
	for _, r := range runs {
		for _, op := range r.Doc.Load.Ops {
			add(&k.Ops, op.Name)
		}
		if r.Doc.HTTP != nil {
			for _, op := range r.Doc.HTTP.Load.Ops {
				add(&k.HTTPOps, op.Name)
			}
		}
		for _, c := range r.Doc.Coverage {
			add(&k.Channels, c.Channel)
		}
	}
	return k
}

// knownFor adds the operations of a scenario that is to be run.
func knownFor(s scenarios.Scenario) scenarios.GateKnown {
	k := gateKnown()
	k.Ops = s.Load.Ops()
	if s.HTTP != nil {
		k.HTTPOps = s.HTTP.Ops()
	}
	return k
}

func tellGate(w io.Writer, g *result.Gate, out string, asJSON bool) error {
	file := ""
	if out != "" {
		file = filepath.Join(out, gateDocument)
	}
	if err := show(w, g, reports.Gate, file, asJSON); err != nil {
		return err
	}
	if g.ExitCode != exitPass {
		return &exitError{code: g.ExitCode}
	}
	return nil
}
