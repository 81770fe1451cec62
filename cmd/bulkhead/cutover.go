package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/cutover"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/reports"
	"github.com/engardehq/bulkhead/scenarios"
)

func newCutoverCmd() *cobra.Command {
	var (
		o        cutover.Options
		out      string
		pgBin    string
		stayed   bool // no rollback
		quietly  bool
		scenario = "drill" // of the hardened database to compare with, and what the rows are spread by
	)
	cmd := &cobra.Command{
		Use:   "cutover",
		Short: "Move a filled database from one schema to three under load, and back, and see what is lost or noticed",
		Long: "Move a filled database from the layout `before` to `hardened` by the scripts of sql/cutover, while a checked load asks it, and back.\n\n" +
			"Langflow is stopped for it and really started on the result, which is compared with a hardened database that was built from nothing, audited\n" +
			"and attacked. Rows lost, the backend's downtime as the load saw it, Langflow's, and the time of the rollback are measured.\n\n" +
			"Exit codes: 0 pass, 1 leak or weakness, 2 bad input, 3 objective missed (rows lost, downtime, rollback too slow), 4 unknown,\n" +
			"5 the set-up failed, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.Tenants < 2 || o.Tenants > tenant.MaxTenants:
				return usageError(fmt.Errorf("--tenants %d: want 2 to %d", o.Tenants, tenant.MaxTenants))
			case o.Rows < 1000 || o.Rows > 1_000_000_000:
				return usageError(fmt.Errorf("--rows %d: want 1000 to 1000000000", o.Rows))
			case o.Rate < 1 || o.Rate > 10_000:
				return usageError(fmt.Errorf("--rate %v: want 1 to 10000 transactions a second", o.Rate))
			case o.GapMax < 10*time.Millisecond:
				return usageError(fmt.Errorf("--gap %s: want 10ms or more", o.GapMax))
			}
			t, err := run.Shipped()
			if err != nil {
				return err
			}
			o.Back, o.Asleep = !stayed, quietly
			o.Run = run.Options{Target: t, Out: out, PGBin: pgBin, Version: version(), Console: newConsole(cmd.ErrOrStderr())}
			if o.Run.Scenario, err = scenarios.Open(scenario, knownTo(t)); err != nil {
				return usageError(err)
			}
			doc, err := cutover.Run(cmd.Context(), o)
			if err != nil {
				return setupError(cmd.Context(), err)
			}
			if err := reports.Cutover(cmd.OutOrStdout(), doc); err != nil {
				return fmt.Errorf("printing the report: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Written: %s\n", filepath.Join(out, cutover.Document))
			if doc.ExitCode != exitPass {
				return &exitError{code: doc.ExitCode}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.Int64Var(&o.Rows, "rows", cutover.UsualRows, "rows to seed in tables with a tenant column; Langflow's others come on top")
	f.IntVar(&o.Tenants, "tenants", cutover.UsualTenants, "how many tenants have them")
	f.Uint64Var(&o.Seed, "seed", 1, "of rows, load and kills")
	f.Float64Var(&o.Rate, "rate", cutover.UsualRate, "transactions a second meanwhile")
	f.DurationVar(&o.GapMax, "gap", cutover.UsualGap, "how long the load may be without a transaction that ends well")
	f.BoolVar(&o.Kill, "kill", false, "end the script's connection in the middle, in each direction, and begin anew")
	f.BoolVar(&stayed, "no-rollback", false, "leave it at the cutover")
	f.BoolVar(&quietly, "langflow-asleep", false, "don't start Langflow on the layout before, neither first nor after the rollback: saves a minute, and its stop isn't in its downtime")
	f.StringVar(&out, "out", "out/cutover", "folder for cutover.json and the services' logs")
	f.StringVar(&pgBin, "pg-bin", "", "folder of PostgreSQL 15's programs (default: looked for)")
	return cmd
}
