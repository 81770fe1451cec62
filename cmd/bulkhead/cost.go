package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/cost"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/reports"
)

// shippedPrices is the design's bill.
const shippedPrices = "engarde/cost.yaml"

func newCostCmd() *cobra.Command {
	var (
		file, out, measured string
		change              float64
		printFile, asJSON   bool
	)
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "What the infrastructure costs two ways, what that saves, and how far the saving can be relied on",
		Long: "What the infrastructure costs two ways, what that saves, and how far the saving can be relied on. Nothing is started.\n\n" +
			"The prices are the design's, until you bring your own: `bulkhead cost --print-file > cost.yaml`, edit, `bulkhead cost --file cost.yaml`.\n\n" +
			"Exit codes: 0 the components bear out what is claimed, or nothing is claimed, 2 bad input, 3 they don't.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, data, err := prices(file)
			if err != nil {
				return usageError(err)
			}
			if printFile {
				_, err := cmd.OutOrStdout().Write(data)
				return err
			}
			m, err := cost.Parse(name, data)
			if err != nil {
				return usageError(err)
			}
			if cmd.Flags().Changed("change") {
				m.ChangePct = change
			}
			if m.ChangePct < 0 || m.ChangePct > 1000 {
				return usageError(fmt.Errorf("--change %g: want 0 to 1000, in per cent", m.ChangePct))
			}
			capacity, err := measuredIn(measured)
			if err != nil {
				return usageError(err)
			}
			return tellCost(cmd.OutOrStdout(), cost.Compute(m, version(), capacity), out, asJSON)
		},
	}
	f := cmd.Flags()
	f.StringVar(&file, "file", "", "file of prices of your own (default: the design's, which --print-file prints)")
	f.BoolVar(&printFile, "print-file", false, "print the file of prices and do nothing else")
	f.Float64Var(&change, "change", 20, "by how many per cent each price is changed (default: as the file says)")
	f.StringVar(&measured, "measured", "", "folder of a run, with run.json: what it says of the capacity is told (default: nothing is)")
	f.StringVar(&out, "out", "", "folder for cost.json (default: none is written)")
	f.BoolVar(&asJSON, "json", false, "print cost.json instead of the report")
	return cmd
}

// prices reads a file of prices; the name is for messages.
func prices(file string) (name string, data []byte, err error) {
	if file == "" {
		data, err = fs.ReadFile(fixtures.FS, shippedPrices)
		return "fixtures/" + shippedPrices, data, err
	}
	data, err = os.ReadFile(file)
	return file, data, err
}

// measuredIn is what the documents of a folder say of the capacity.
func measuredIn(folder string) (result.CostCapacity, error) {
	if folder == "" {
		return cost.Capacity("", nil), nil
	}
	file := filepath.Join(folder, "run.json")
	r, err := result.Read(file)
	if errors.Is(err, fs.ErrNotExist) {
		return result.CostCapacity{}, fmt.Errorf("--measured %s: there is no run.json in it; `bulkhead run --out %s` makes one", folder, folder)
	}
	if err != nil {
		return result.CostCapacity{}, fmt.Errorf("--measured: %w", err)
	}
	return cost.Capacity(file, r), nil
}

func tellCost(w io.Writer, c *result.Cost, out string, asJSON bool) error {
	file := ""
	if out != "" {
		file = filepath.Join(out, "cost.json")
	}
	if err := show(w, c, reports.Cost, file, asJSON); err != nil {
		return err
	}
	if c.ExitCode != exitPass {
		return &exitError{code: c.ExitCode}
	}
	return nil
}
