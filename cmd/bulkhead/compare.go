package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/compare"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/reports"
)

const comparisonFile = "compare.json"

func newCompareCmd() *cobra.Command {
	var (
		base, candidate []string
		keep, out       string
		asJSON          bool
	)
	rule := compare.Default()
	floorPct, floorErrorsPct := 100*rule.FloorShare, 100*rule.FloorErrors
	cmd := &cobra.Command{
		Use:   "compare BASE... -- CANDIDATE...",
		Short: "Tell a regression from noise: several runs of one build against several of another",
		Long: "Tell a regression from noise: several runs of one build against several of another. Nothing is started.\n\n" +
			"A run is given as its run.json, as its folder, or as a folder of either; a baseline is such a folder. Eight runs a side or more are what a verdict\n" +
			"over several operations takes; with fewer it is said how many are lacking. Each measure of each operation is tested (Mann-Whitney, exact), corrected\n" +
			"over all of them (Holm), and has to pass a floor. A leak or weakness in a candidate is never no difference.\n\n" +
			"Exit codes: 0 no difference or an improvement, 1 a leak or weakness in a candidate, 2 bad input or runs that can't be compared, 3 a regression,\n" +
			"4 not enough data.",
		Example: "  bulkhead compare out/old-1 out/old-2 ... -- out/new-1 out/new-2 ...\n  bulkhead compare --base baselines/main --candidate out/new",
		RunE: func(cmd *cobra.Command, args []string) error {
			before, behind := args, []string(nil)
			if at := cmd.ArgsLenAtDash(); at >= 0 {
				before, behind = args[:at], args[at:]
			} else if len(args) > 0 {
				return usageError(errors.New("where do the candidates begin? `bulkhead compare BASE... -- CANDIDATE...`"))
			}
			rule.FloorShare, rule.FloorErrors = floorPct/100, floorErrorsPct/100
			c, candidates, err := comparison(slices.Concat(base, before), slices.Concat(candidate, behind), rule)
			if err != nil {
				return usageError(err)
			}
			if keep != "" && c.ExitCode == exitPass {
				if err := keepAsBaseline(keep, candidates); err != nil {
					return err
				}
			}
			return tellComparison(cmd.OutOrStdout(), c, out, keep, asJSON)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&base, "base", nil, "run, or folder of runs, of the base; may be given again (as the arguments before --)")
	f.StringArrayVar(&candidate, "candidate", nil, "run, or folder of runs, of the candidate; may be given again (as the arguments after --)")
	f.Float64Var(&floorPct, "floor-pct", floorPct, "a shift counts from so many per cent of the base's median on")
	f.Float64Var(&rule.FloorMillis, "floor-ms", rule.FloorMillis, "and, of response times, from so many milliseconds on")
	f.Float64Var(&floorErrorsPct, "floor-errors-pct", floorErrorsPct, "the floor for shares of errors, in percentage points")
	f.Float64Var(&rule.Alpha, "alpha", rule.Alpha, "chance of any false alarm in a comparison of two equal builds")
	f.StringSliceVar(&rule.Judge, "judge", rule.Judge, "measures that decide, of "+strings.Join(compare.Measures, ", ")+"; the others are shown")
	f.StringSliceVar(&rule.Allow, "allow", nil, "what may differ between the runs, of "+strings.Join(compare.Keys, ", "))
	f.StringVar(&keep, "save-baseline", "", "folder to add the candidate's runs to, for later comparisons, if this ends with 0")
	f.StringVar(&out, "out", "", "folder for "+comparisonFile+" (default: none is written)")
	f.BoolVar(&asJSON, "json", false, "print "+comparisonFile+" instead of the report")
	return cmd
}

// comparison reads both sides and holds them against each other; every error is the caller's to mend.
func comparison(base, candidate []string, rule compare.Rule) (*result.Comparison, []compare.Run, error) {
	if err := rule.Check(); err != nil {
		return nil, nil, err
	}
	bases, err := runsIn(base)
	if err != nil {
		return nil, nil, err
	}
	candidates, err := runsIn(candidate)
	if err != nil {
		return nil, nil, err
	}
	c, err := compare.Compare(bases, candidates, rule)
	if err != nil {
		return nil, nil, err
	}
	c.Version = version()
	return c, candidates, nil
}

func tellComparison(w io.Writer, c *result.Comparison, out, kept string, asJSON bool) error {
	file := ""
	if out != "" {
		file = filepath.Join(out, comparisonFile)
	}
	if err := show(w, c, reports.Comparison, file, asJSON); err != nil {
		return err
	}
	if kept != "" && !asJSON {
		if c.ExitCode == exitPass {
			fmt.Fprintf(w, "Kept: the candidate's runs, in %s\n", kept)
		} else {
			fmt.Fprintf(w, "Not kept: only what ends with 0 becomes a baseline\n")
		}
	}
	if c.ExitCode != exitPass {
		return &exitError{code: c.ExitCode}
	}
	return nil
}
