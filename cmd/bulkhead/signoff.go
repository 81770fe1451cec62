package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/cost"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/signoff"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/reports"
	"github.com/engardehq/bulkhead/scenarios"
)

// signable are the layouts, the one to sign for first.
var signable = []string{string(migrate.Hardened), string(migrate.Drawn), string(migrate.Before)}

func newSignoffCmd() *cobra.Command {
	var (
		s              setup
		layout, prices string
		from           []string
		resume, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "signoff",
		Short: "Measure every success metric of the design, and write the document that people sign",
		Long: "Measure every success metric of the design, and write the document that people sign: signoff.json, signoff.md and signoff.html.\n\n" +
			"The main job, the trial of the layout and the cutover are run one after the other, which takes a quarter of an hour; --resume goes on where an\n" +
			"earlier call was interrupted, --from takes documents over that are of the same target and the same bulkhead. Of the layouts that are not to be\n" +
			"run, the trial alone is done: it tells why they can't be signed for.\n\n" +
			"Exit codes: 0 ready for signature, 1 leak or weakness, 2 bad input, 3 a metric missed, 4 a metric unknown, 5 the set-up failed, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(signable, layout) {
				return usageError(fmt.Errorf("--layout %s: there is no such layout; one of %s", layout, strings.Join(signable, ", ")))
			}
			o, err := s.options(cmd)
			if err != nil {
				return err
			}
			x := signoff.Options{Run: o, Layout: migrate.Layout(layout), Commit: commit(), Resume: resume, From: from, Log: o.Console.Step}
			if x.Prices, err = pricesOf(prices); err != nil {
				return usageError(err)
			}
			if x.Rows, err = scenarios.Open("drill", knownTo(o.Target)); err != nil {
				return err
			}
			for _, folder := range from {
				if _, err := os.Stat(folder); err != nil {
					return usageError(fmt.Errorf("--from: %w", err))
				}
			}
			doc, err := signoff.Run(cmd.Context(), x)
			if err != nil {
				return setupError(cmd.Context(), err)
			}
			return tellSignoff(cmd.OutOrStdout(), doc, o.Out, asJSON)
		},
	}
	s.provider = stack.ProviderNative
	f := cmd.Flags()
	f.StringVar(&layout, "layout", signable[0], "layout to sign for, one of "+strings.Join(signable, ", "))
	f.StringVar(&s.scenario, "scenario", "signoff", "scenario of the main job: a shipped one or a file")
	f.StringVar(&s.out, "out", "out/signoff", "folder for the sign-off, and for the documents that it is judged by")
	f.StringVar(&s.pgBin, "pg-bin", "", "folder of PostgreSQL 15's programs (default: looked for)")
	f.StringVar(&prices, "prices", "", "file of prices, as `bulkhead cost --print-file` prints one (default: the design's)")
	f.BoolVar(&resume, "resume", false, "take over what an earlier call left in --out, if it is of the same target and bulkhead")
	f.StringSliceVar(&from, "from", nil, "folders with a run.json, layouts.json or cutover.json to take over, if they are of the same target and bulkhead")
	f.BoolVar(&asJSON, "json", false, "print signoff.json instead of the table")
	return cmd
}

func pricesOf(file string) (cost.Model, error) {
	name, data, err := prices(file)
	if err != nil {
		return cost.Model{}, err
	}
	return cost.Parse(name, data)
}

// tellSignoff draws the documents that are filed, and shows the table.
func tellSignoff(w io.Writer, s *result.Signoff, out string, asJSON bool) error {
	for name, draw := range map[string]func(io.Writer, *result.Signoff) error{signoff.Markdown: reports.SignoffMarkdown, signoff.HTML: reports.SignoffHTML} {
		if err := drawTo(filepath.Join(out, name), s, draw); err != nil {
			return err
		}
	}
	if asJSON {
		data, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n", data)
	} else {
		if err := reports.Signoff(w, s); err != nil {
			return fmt.Errorf("printing the report: %w", err)
		}
		fmt.Fprintf(w, "Written: %s, %s, %s in %s\n", signoff.Document, signoff.Markdown, signoff.HTML, out)
	}
	if s.ExitCode != exitPass {
		return &exitError{code: s.ExitCode}
	}
	return nil
}

func drawTo(file string, s *result.Signoff, draw func(io.Writer, *result.Signoff) error) error {
	f, err := os.Create(file)
	if err == nil {
		err = draw(f, s)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		return fmt.Errorf("drawing the sign-off: %w", err)
	}
	return nil
}

// builtFrom is set by the build (-ldflags "-X main.builtFrom=..."), for where Go doesn't stamp the commit itself.
var builtFrom string

// commit is the one that this was built from, with a mark where the tree was changed.
func commit() string {
	revision, changed := builtFrom, ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && s.Value != "":
				revision = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				changed = " with changes"
			}
		}
	}
	if revision == "" {
		return "not stamped into this build"
	}
	return revision + changed
}
