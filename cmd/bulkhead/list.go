package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/faults"
	"github.com/engardehq/bulkhead/scenarios"
)

func newListCmd() *cobra.Command {
	var operations string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List scenarios, operations and faults, a line each",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := targetWith(operations)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintln(w, "Scenarios (--scenario NAME, or a file):")
			for _, name := range scenarios.Shipped() {
				s, err := scenarios.Open(name, knownTo(t))
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "  %s\t%s\n", name, s.Doc)
			}
			fmt.Fprintf(w, "\nOperations of %s (load.mix):\n", t.Name)
			for _, op := range t.Ops {
				fmt.Fprintf(w, "  %s\t%s\n", op.Name, op.Doc)
			}
			fmt.Fprintln(w, "\nOperations over HTTP (http.mix):")
			for _, op := range t.Calls {
				fmt.Fprintf(w, "  %s\t%s\n", op.Name, op.Doc)
			}
			fmt.Fprintln(w, "\nFaults (faults):")
			for _, f := range faults.All() {
				fmt.Fprintf(w, "  %s\t%s\n", f.Name, f.Doc)
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&operations, "operations", "", "folder of operations of your own, to list with the others")
	return cmd
}
