package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/reports"
)

func newReportCmd() *cobra.Command {
	var (
		format, out string
		schema      bool
	)
	cmd := &cobra.Command{
		Use:   "report DOCUMENT",
		Short: "Make a report again from run.json or another document, in any format",
		Long: "Make a report again from a document: run.json, audit.json, attack.json, drill.json, and at the terminal also those of layouts, cutover, signoff,\n" +
			"cost, compare and gate.\n" +
			"Nothing is started, measured or judged: the report says what the document says, and the same document gives the same bytes.\n\n" + formatsHelp() +
			"\nExit codes: 0 the report was made, whatever the verdict in it; 2 bad input, also of a format that says nothing of this kind of document.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema {
				if len(args) > 0 || out != "" || cmd.Flags().Changed("format") {
					return usageError(errors.New("--schema prints the schema of run documents; it goes with nothing else"))
				}
				_, err := cmd.OutOrStdout().Write(result.Schema())
				return err
			}
			if len(args) == 0 {
				return usageError(errors.New("report of what? name a document, for example `bulkhead report out/latest/run.json`"))
			}
			d, err := result.ReadAny(args[0])
			if err != nil {
				return usageError(err)
			}
			f, err := reports.FormatNamed(format, d.Kind)
			if err != nil {
				return usageError(fmt.Errorf("--format: %w", err))
			}
			return writeReport(cmd.OutOrStdout(), f, d, out)
		},
	}
	cmd.Flags().StringVar(&format, "format", "terminal", "one of "+strings.Join(reports.FormatNames(result.KindRun), ", "))
	cmd.Flags().StringVar(&out, "out", "", "file to write (default: standard output)")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of run documents and do nothing else")
	return cmd
}

func formatsHelp() string {
	var b strings.Builder
	b.WriteString("Formats:\n")
	for _, f := range reports.Formats {
		fmt.Fprintf(&b, "  %-11s %s\n", f.Name, f.Doc)
	}
	return b.String()
}

// writeReport writes to a file, whole or not at all, or to w where none is named. What a format lacks in the document is bad input.
func writeReport(w io.Writer, f reports.Format, d *result.Document, file string) error {
	var text bytes.Buffer
	if err := f.Write(&text, d); err != nil {
		return usageError(fmt.Errorf("%s of %s: %w", f.Name, d.Name, err))
	}
	if file == "" {
		_, err := w.Write(text.Bytes())
		return err
	}
	if err := replaceFile(file, text.Bytes()); err != nil {
		return usageError(fmt.Errorf("--out: %w", err))
	}
	return nil
}

// replaceFile refuses a folder that isn't there: it is more likely mistyped than wanted.
func replaceFile(file string, data []byte) error {
	if _, err := os.Stat(filepath.Dir(file)); err != nil {
		return err
	}
	return stack.WriteWhole(file, data, 0o644)
}

// wantedReports are the reports that a verb is to write beside its own, as FORMAT or FORMAT=FILE.
type wantedReports []wantedReport

type wantedReport struct {
	format reports.Format
	file   string // "" for the usual name in the folder of the run
}

// reportsWanted reads what was typed, before anything is started. The page is always wanted: it takes some ten milliseconds.
func reportsWanted(typed []string) (all wantedReports, err error) {
	page, err := reports.FormatNamed("html", result.KindRun)
	if err != nil {
		return nil, err
	}
	all = wantedReports{{format: page}}
	for _, one := range typed {
		name, file, named := strings.Cut(one, "=")
		f, err := reports.FormatNamed(name, result.KindRun)
		if err != nil {
			return nil, fmt.Errorf("--report %s: %w", one, err)
		}
		if named && file == "" {
			return nil, fmt.Errorf("--report %s: name a file behind the =, or leave it out for %s in the folder of the run", one, f.File)
		}
		if !named && (f.Name == "json" || f.Name == "html" || f.Name == "hlog") {
			return nil, fmt.Errorf("--report %s: a run writes that by itself; name another file with %s=FILE", one, name)
		}
		if file != "" {
			if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
				return nil, fmt.Errorf("--report %s: there is no folder %s", one, filepath.Dir(file))
			}
		}
		all = append(all, wantedReport{f, file})
	}
	return all, nil
}

// write makes each of the document that was written to a folder, and tells of each.
func (all wantedReports) write(w io.Writer, folder string) error {
	d, err := result.ReadAny(filepath.Join(folder, "run.json"))
	if err != nil {
		return err
	}
	for _, one := range all {
		file := one.file
		if file == "" {
			file = filepath.Join(folder, one.format.File)
		}
		if err := writeReport(w, one.format, d, file); err != nil {
			return err
		}
		fmt.Fprintf(w, "Written: %s\n", file)
	}
	return nil
}
