package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/scenarios"
)

func newValidateCmd() *cobra.Command {
	var (
		schema     bool
		operations string
	)
	cmd := &cobra.Command{
		Use:   "validate SCENARIO...",
		Short: "Tell all mistakes of scenario files, without starting anything",
		Long: "Tell all mistakes of scenario files (or shipped scenarios, by name), without starting anything.\n\n" +
			"Mistakes go to standard output, a line each: file:line: field: problem. Exit codes: 0 none, 2 some.",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case schema && len(args) > 0:
				return usageError(errors.New("--schema prints the schema of scenarios; it takes no files"))
			case schema:
				_, err := cmd.OutOrStdout().Write(scenarios.Schema())
				return err
			case len(args) == 0:
				return usageError(errors.New("validate what? name scenario files, for example `bulkhead validate mine.yaml`"))
			}
			return validate(cmd, args, operations)
		},
	}
	cmd.Flags().StringVar(&operations, "operations", "", "folder of operations of your own that the scenarios name")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of scenario files, for editors")
	return cmd
}

func validate(cmd *cobra.Command, files []string, operations string) error {
	t, err := targetWith(operations)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	wrong := 0
	for _, file := range files {
		s, err := scenarios.Validate(file, knownTo(t))
		if err == nil && s.Target != t.Name {
			err = fmt.Errorf("%s: target: %s is not there; the one that ships is %s", file, s.Target, t.Name)
		}
		if err != nil {
			wrong++
			fmt.Fprintln(out, err)
			continue
		}
		fmt.Fprintf(out, "%s: no mistakes; scenario %s, %s for %s\n", file, s.Name, s.Load, s.Load.Duration)
	}
	if wrong > 0 {
		return &exitError{code: exitUsage}
	}
	return nil
}

// targetWith is the shipped target, with the operations of a folder where one is given.
func targetWith(operations string) (run.Target, error) {
	t, err := run.Shipped()
	if err != nil || operations == "" {
		return t, err
	}
	if t, err = t.With(operations); err != nil {
		return t, usageError(err)
	}
	return t, nil
}

// knownTo is what scenarios may name.
func knownTo(t run.Target) scenarios.Known {
	return scenarios.Known{Ops: ops.Names(t.Ops), HTTPOps: ops.Names(t.Calls), Faults: run.KnownFaults()}
}
