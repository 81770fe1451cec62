package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
)

func newUpCmd() *cobra.Command {
	var (
		s    setup
		file string
	)
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the stack, seed it, and leave it running for psql and `run --stack`",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := s.options(cmd)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("stack") {
				file = filepath.Join(s.out, filepath.Base(stack.DefaultStackFile))
			}
			up, err := run.Up(cmd.Context(), o, file)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			for _, svc := range up.Services {
				fmt.Fprintf(out, "%-10s %-10s %s:%d\n", svc.Name, svc.Version, svc.Host, svc.Port)
			}
			fmt.Fprintf(out, "up: %s holds addresses and passwords (only you may read it)\n", file)
			fmt.Fprintf(out, "  psql \"$(jq -r .dsn.direct.postgres %s)\"\n  bulkhead run --stack %s\n  bulkhead down --stack %s\n", file, file, file)
			return nil
		},
	}
	s.flags(cmd, filepath.Dir(stack.DefaultStackFile))
	cmd.Flags().StringVar(&file, "stack", stack.DefaultStackFile, "stack file to write (default: stack.json in --out)")
	return cmd
}
