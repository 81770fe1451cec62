package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"
	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/stack"
)

func newDoctorCmd() *cobra.Command {
	var (
		opts   stack.Options
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine has, what it lacks, and the command that mends it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			envs, err := shippedEnvironments()
			if err != nil {
				return err
			}
			checks := stack.Doctor(cmd.Context(), opts, envs)
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				err = enc.Encode(map[string]any{"ok": !stack.Lacking(checks), "checks": checks})
			} else {
				err = printChecks(cmd.OutOrStdout(), checks)
			}
			if err != nil {
				return fmt.Errorf("print checks: %w", err)
			}
			if stack.Lacking(checks) {
				return &exitError{code: exitSetup}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&opts.PGBin, "pg-bin", "", "folder of PostgreSQL 15's programs (default: looked for)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// shippedEnvironments are the Python environments of the shipped target.
func shippedEnvironments() ([]stack.Environment, error) {
	envs := []stack.Environment{{Name: "langflow"}, {Name: "engarde"}, {Name: "backend"}}
	for i, file := range []string{"langflow/requirements-1.13.0.txt", "engarde/requirements.txt", "engarde/backend/requirements.txt"} {
		data, err := fixtures.FS.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read requirements: %w", err)
		}
		envs[i].Requirements = data
	}
	return envs, nil
}

func printChecks(w io.Writer, checks []stack.Check) error {
	table := tablewriter.NewTable(w, tablewriter.WithHeaderAutoFormat(tw.Off))
	table.Header("What", "State", "Found", "Mend")
	for _, c := range checks {
		state := "ok"
		switch {
		case !c.OK && c.Needed:
			state = "MISSING"
		case !c.OK && c.Optional:
			state = "absent"
		case !c.OK:
			state = "later"
		}
		if err := table.Append(c.Name, state, c.Found, c.Mend); err != nil {
			return err
		}
	}
	if err := table.Render(); err != nil {
		return err
	}
	last := "all that is needed is here"
	if stack.Lacking(checks) {
		last = "something needed is missing: run the commands under Mend"
	}
	_, err := fmt.Fprintln(w, last)
	return err
}
