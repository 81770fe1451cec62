package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/bench"
	"github.com/engardehq/bulkhead/internal/stack"
)

func newBenchCmd() *cobra.Command {
	var (
		s = setup{provider: stack.ProviderNative} // pgbench and psql are programs of this machine
		o bench.Options
	)
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure bulkhead's own speed and memory, beside pgbench and psql",
		Long: "Measure bulkhead's own speed and memory on a stack of its own: transactions and client CPU beside pgbench, seeding beside\n" +
			"psql's \\copy, lateness of the schedule, memory of a run. The figures go to <out>/bench.json, profiles of the client beside it.\n\n" +
			"Exit codes: 0 all was measured, however fast, 2 bad input, 5 something couldn't be measured, or a row was not what it must be, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Seconds < 1 || o.Rounds < 1 || o.Minutes < 0 {
				return usageError(errors.New("--seconds and --rounds want 1 or more, --minutes 0 or more"))
			}
			from, err := s.options(cmd)
			if err != nil {
				return err
			}
			if len(from.Scenario.Without) > 0 {
				return usageError(fmt.Errorf("scenario %s goes without %s: bench needs the tables of the whole stack", s.scenario, strings.Join(from.Scenario.Without, ", ")))
			}
			o.Scenario, o.Out, o.PGBin, o.Version, o.Console = from.Scenario, from.Out, from.PGBin, from.Version, from.Console
			if o.Binary, err = os.Executable(); err != nil {
				return err
			}
			doc, err := bench.Run(cmd.Context(), o)
			switch {
			case errors.Is(err, bench.ErrOperation):
				return usageError(err)
			case err != nil:
				return err
			}
			if err := doc.Write(cmd.OutOrStdout()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Written: %s\n", filepath.Join(o.Out, "bench.json"))
			fmt.Fprintf(cmd.OutOrStdout(), "Profiles, for `go tool pprof -top`: %s, %s\n", filepath.Join(o.Out, bench.PlainProfile), filepath.Join(o.Out, bench.PipelinedProfile))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.scenario, "scenario", "default", "scenario whose tenants and rows the stack has")
	f.StringVar(&s.out, "out", "out", "folder for bench.json, the profiles and the logs")
	f.StringVar(&s.pgBin, "pg-bin", "", "folder of PostgreSQL 15's programs, pgbench and psql among them (default: looked for)")
	f.IntVar(&o.Seconds, "seconds", 5, "length of each measurement of transactions")
	f.IntVar(&o.Rounds, "rounds", 6, "how often each pair is measured; seeding half as often")
	f.StringVar(&o.Operation, "operation", "campaign_workflows", "operation whose first statement, a page of rows, both sides send")
	f.IntVar(&o.Minutes, "minutes", 1, "length of the run whose memory is measured; 0 leaves it out, 10 gives the real figure")
	return cmd
}
