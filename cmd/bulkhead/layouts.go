package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/layouts"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/reports"
)

func newLayoutsCmd() *cobra.Command {
	var (
		s            setup
		cells        []string
		jobs         int
		resume, list bool
	)
	cmd := &cobra.Command{
		Use:   "layouts",
		Short: "Put the architecture on trial: each layout with the real migrations and the real Langflow, step by step",
		Long: "Put the architecture on trial: bring each layout of the database up from nothing with EnGarde's real migrations and the real Langflow, in both\n" +
			"orders and both versions, restart, downgrade and upgrade, and tell after each step what started, what was lost and what was left open.\n\n" +
			"A cell is LAYOUT/ORDER/VERSION. The verdict is that of the hardened layout; where none of its cells was asked for, of those that were.\n\n" +
			"Exit codes: 0 pass, 1 a leak or a table left open, 2 bad input, 3 a step failed or something was lost, 4 unknown, 5 the set-up failed, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				for _, c := range layouts.Cells() {
					fmt.Fprintln(cmd.OutOrStdout(), c.Name)
				}
				return nil
			}
			o, err := s.options(cmd)
			if err != nil {
				return err
			}
			if jobs < 1 || jobs > 8 {
				return usageError(fmt.Errorf("--jobs %d: want 1 to 8", jobs))
			}
			doc, err := layouts.Run(cmd.Context(), layouts.Options{Run: o, Only: cells, Jobs: jobs, Resume: resume, Log: o.Console.Step})
			if errors.Is(err, layouts.ErrOptions) {
				return usageError(err)
			}
			if err != nil {
				return setupError(cmd.Context(), err)
			}
			if err := reports.Layouts(cmd.OutOrStdout(), doc); err != nil {
				return fmt.Errorf("printing the report: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Written: %s/%s\n", o.Out, layouts.Document)
			if doc.ExitCode != exitPass {
				return &exitError{code: doc.ExitCode}
			}
			return nil
		},
	}
	s.scenario, s.provider = "drill", stack.ProviderNative
	f := cmd.Flags()
	f.StringVar(&s.out, "out", "out/layouts", "folder for layouts.json and the logs of each cell")
	f.StringVar(&s.pgBin, "pg-bin", "", "folder of PostgreSQL 15's programs (default: looked for)")
	f.StringSliceVar(&cells, "cell", nil, "try these alone: LAYOUT/ORDER/VERSION or some of the three, as "+strings.Join([]string{"hardened", "drawn/1.13.0"}, ", "))
	f.IntVar(&jobs, "jobs", 2, "how many cells are under way at once; each takes about 1 GiB")
	f.BoolVar(&resume, "resume", false, "go on where an earlier trial into the same --out was interrupted")
	f.BoolVar(&list, "list", false, "list the cells, a line each, and do nothing")
	return cmd
}
