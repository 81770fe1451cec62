package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/stack"
)

func newDownCmd() *cobra.Command {
	path := stack.DefaultStackFile
	cmd := &cobra.Command{
		Use:   "down",
		Short: "End the stack that `up` left running",
		Long: "End the stack that `bulkhead up` left running: its servers, its scratch folder and its stack file.\n" +
			"Its logs stay. A stack that is gone already is no fault: what it left is cleared away.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := stack.Down(cmd.Context(), path)
			out := cmd.OutOrStdout()
			switch {
			case errors.Is(err, stack.ErrGone):
				fmt.Fprintf(out, "the stack of %s was gone already; removed the file\n", path)
				return nil
			case errors.Is(err, stack.ErrNoStackFile) && !cmd.Flags().Changed("stack"):
				fmt.Fprintf(out, "no stack is up: there is no %s\n", path)
				return nil
			case errors.Is(err, stack.ErrNoStackFile), errors.Is(err, stack.ErrNotStackFile):
				return usageError(err)
			case err != nil:
				return err
			}
			fmt.Fprintf(out, "stopped the stack of %s (%d services); its logs are in %s\n", path, len(s.Services), filepath.Clean(s.Paths.Logs))
			return nil
		},
	}
	cmd.Flags().StringVar(&path, "stack", path, "stack file that `up` wrote")
	return cmd
}
