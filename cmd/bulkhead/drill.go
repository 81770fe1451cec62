package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/drill"
	"github.com/engardehq/bulkhead/internal/mutants"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/reports"
)

func newDrillCmd() *cobra.Command {
	var (
		s            setup
		stackFile    string // of a stack that is up
		folder       string // of mutants of one's own
		only         []string
		jobs         int
		resume, list bool
	)
	cmd := &cobra.Command{
		Use:   "drill",
		Short: "Break a healthy deployment in many small ways and see whether audit, attack and load notice each",
		Long: "Break a healthy deployment in many small ways and see whether audit, attack and load notice each.\n\n" +
			"Each way is a mutant, a file of sql/mutants or of --mutants. It is applied to a copy of the database, or to what all copies share and then\n" +
			"put back; audit, a second of checked load and a short attack look at it, and at what they overlook the full attack. Benign mutants, and\n" +
			"the healthy deployment before and after, must raise nothing.\n\n" +
			"Exit codes: 0 all were noticed and nothing else, 1 a mutant survived or a false alarm, 2 bad input, 4 something couldn't be judged,\n" +
			"5 the set-up failed, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := mutants.Shipped()
			if err != nil {
				return err
			}
			if all, err = withOwn(all, folder); err != nil {
				return usageError(err)
			}
			if list {
				return listMutants(cmd, all)
			}
			o, err := s.options(cmd)
			if err != nil {
				return err
			}
			if o.Stack = stackFile; o.Stack != "" {
				if _, err := stack.Load(cmd.Context(), o.Stack); err != nil {
					return setupError(cmd.Context(), err)
				}
			}
			if jobs < 1 || jobs > mostJobs {
				return usageError(fmt.Errorf("--jobs %d: want 1 to %d", jobs, mostJobs))
			}
			doc, err := drill.Run(cmd.Context(), drill.Options{Run: o, Mutants: all, Only: only, Jobs: jobs, Resume: resume, Log: o.Console.Step})
			if errors.Is(err, drill.ErrOptions) {
				return usageError(err)
			}
			if err != nil {
				return setupError(cmd.Context(), err)
			}
			if err := reports.Drill(cmd.OutOrStdout(), doc); err != nil {
				return fmt.Errorf("printing the report: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Written: %s/drill.json\n", o.Out)
			if doc.ExitCode != exitPass {
				return &exitError{code: doc.ExitCode}
			}
			return nil
		},
	}
	s.flags(cmd, "out/drill")
	f := cmd.Flags()
	f.Lookup("scenario").DefValue = "drill"
	s.scenario = "drill"
	f.StringVar(&stackFile, "stack", "", "stack file of a stack that `bulkhead up` left; other sessions of its database are ended once (default: start one)")
	f.StringVar(&folder, "mutants", "", "folder of mutants of your own, .sql files, beside those that ship")
	f.StringSliceVar(&only, "only", nil, "ids of mutants, channels, scopes or `benign`: try these alone")
	f.IntVar(&jobs, "jobs", min(runtime.NumCPU()+1, mostJobs), "how many copies of the database are worked on at once")
	f.BoolVar(&resume, "resume", false, "go on where an earlier drill into the same --out was interrupted")
	f.BoolVar(&list, "list", false, "list the mutants, a line each, and do nothing")
	return cmd
}

// mostJobs is how many copies of the database there may be at once. One more than the processors have cores has something to do while others wait.
const mostJobs = 16

// withOwn adds the mutants of a team's own folder.
func withOwn(all []mutants.Mutant, folder string) ([]mutants.Mutant, error) {
	if folder == "" {
		return all, nil
	}
	own, err := mutants.Load(os.DirFS(folder), ".", folder)
	if err != nil {
		return nil, err
	}
	if len(own) == 0 {
		return nil, fmt.Errorf("--mutants %s: there is no .sql file in it", folder)
	}
	for _, m := range own {
		if slices.ContainsFunc(all, func(shipped mutants.Mutant) bool { return shipped.ID == m.ID }) {
			return nil, fmt.Errorf("--mutants: %s: there is a mutant %s already; rename it", m.File, m.ID)
		}
	}
	return slices.Concat(all, own), nil
}

func listMutants(cmd *cobra.Command, all []mutants.Mutant) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
	for _, m := range all {
		kind := ""
		switch {
		case m.Benign != "":
			kind = "benign"
		case m.Equivalent != "":
			kind = "equivalent"
		case m.Dose > 0:
			kind = fmt.Sprintf("1 in %.0f", 1/float64(m.Dose))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", m.ID, m.Channel, m.Scope, kind, m.Doc)
	}
	return w.Flush()
}
