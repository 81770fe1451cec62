// Package reports draws a run document, one renderer a file. It imports package result alone, so that every report can be made again
// from run.json; it measures and judges nothing.
package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/engardehq/bulkhead/internal/result"
)

// Terminal writes a run for a person at a terminal: the verdict first, then findings, operations, isolation, stack. Tables are plain
// text that also reads well in a log.
func Terminal(w io.Writer, r *result.Run) error {
	p := &printer{w: w}
	verdict(p, r)
	findings(p, r)
	operations(p, "Operations", &r.Load, &r.Scenario)
	generator(p, &r.Load, &r.Scenario)
	tenants(p, &r.Load, &r.Scenario)
	isolation(p, r)
	overHTTP(p, r.HTTP)
	coverage(p, r.Coverage)
	services(p, r.Attack)
	lifecycle(p, r.Lifecycle)
	backup(p, r.Backup)
	removal(p, r.Removal)
	observed(p, r)
	stack(p, r)
	return p.err
}

// printer keeps the first error, so that a report reads top to bottom.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// outcome writes what a document comes to, and why: the first thing of each report.
func (p *printer) outcome(headline string, exitCode int, reasons []result.Reason) {
	p.line("")
	p.line("%s  (exit code %d)", headline, exitCode)
	for _, reason := range reasons {
		p.line("  - [%s] %s", reason.Status, reason.What)
	}
}

func (p *printer) table(header []string, rows [][]string, alignRight ...int) {
	if p.err != nil {
		return
	}
	align := make([]tw.Align, len(header))
	for i := range align {
		align[i] = tw.AlignLeft
		if slices.Contains(alignRight, i) {
			align[i] = tw.AlignRight
		}
	}
	t := tablewriter.NewTable(p.w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Symbols: tw.NewSymbols(tw.StyleASCII)})),
		tablewriter.WithHeaderAutoFormat(tw.Off), tablewriter.WithRowAutoWrap(tw.WrapNone), tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}))
	t.Header(header)
	if p.err = t.Bulk(rows); p.err == nil {
		p.err = t.Render()
	}
}

var runHeadlines = map[result.Status]string{
	result.Pass:    "PASS: no tenant's data reached another, and every operation held its target",
	result.Fail:    "FAIL",
	result.Unknown: "UNKNOWN: this run can't answer",
}

func verdict(p *printer, r *result.Run) {
	p.outcome(runHeadlines[r.Verdict], r.ExitCode, r.Reasons)
	p.line("  scenario %s, seed %d, target %s (%s), %s, %.0f s in all", r.Scenario.Name, r.Seed, r.Target.Name, r.Target.Layout,
		r.Started.Format("2006-01-02 15:04:05 MST"), r.Seconds)
}

const evidenceShown = 3

func findings(p *printer, r *result.Run) {
	for _, f := range r.Findings {
		p.line("")
		p.line("%s %s: %s", strings.ToUpper(string(f.Severity)), f.Channel, f.What)
		p.line("  where: %s", f.Where)
		p.line("  seen:  %s times", whole(f.Count))
		for i, e := range f.Evidence {
			if i == evidenceShown {
				p.line("  (%d more in run.json)", len(f.Evidence)-i)
				break
			}
			evidence(p, e)
		}
		if f.Fix != "" {
			p.line("  mend:  %s", f.Fix)
		}
	}
}

func evidence(p *printer, e result.Evidence) {
	if e.File != "" { // of the ledger there is only the row
		p.line("         execution %d, %s, on connection %d, asked by tenant %s", e.Execution, e.File, e.Connection, e.Tenant)
	}
	if e.Row != "" {
		p.line("           row %s of %s, which belongs to tenant %s", e.Row, e.Table, e.Owner)
	}
	if e.Detail != "" {
		p.line("           %s", e.Detail)
	}
}

func isolation(p *printer, r *result.Run) {
	iso := &r.Isolation
	p.line("")
	p.line("Isolation: every row that came back was held against what was seeded and written")
	p.table([]string{"rows checked", "reaching executions", "foreign", "damaged", "missing", "rows written", "verdict"},
		[][]string{{whole(iso.RowsChecked), whole(iso.Reaching), whole(iso.Foreign), whole(iso.Damaged), whole(iso.Missing), whole(iso.Written), string(iso.Verdict)}},
		0, 1, 2, 3, 4, 5)
	if iso.Foreign == 0 && iso.Reaching > 0 {
		p.line("0 foreign canaries in %s checks, which are executions that could have returned other tenants' rows;", whole(iso.Reaching))
		p.line("95 %% upper bound of their share for this workload: %.2g", iso.UpperBound)
	}
	if a := iso.Audit; a != nil && a.NotCounted == "" {
		p.line("Audit trail: %s entries for %s committed operations that leave one; %s missing, %s too many", whole(a.Entries), whole(a.Operations), whole(a.Missing), whole(a.Extra))
	}
}

func stack(p *printer, r *result.Run) {
	rows := [][]string{}
	for _, s := range r.Stack.Services {
		state := s.Address
		switch {
		case !s.Started:
			state = "not started: " + s.Note
		case s.Image != "":
			state += ", in a container of " + s.Image
		case r.Stack.Provider != "native":
			state += ", on the machine itself"
		}
		rows = append(rows, []string{s.Name, s.Version, state})
	}
	p.line("")
	p.line("Stack: %s provider on %s, %d cores, %d MiB", r.Stack.Provider, r.Stack.Machine.OS, r.Stack.Machine.Cores, r.Stack.Machine.MemoryMiB)
	p.table([]string{"service", "version", "address"}, rows)
	var settings []string
	for _, k := range sortedKeys(r.Stack.Settings) {
		settings = append(settings, k+"="+r.Stack.Settings[k])
	}
	p.line("Settings:")
	for _, s := range settings {
		p.line("  %s", s)
	}
	from := "seeded in this run"
	if r.Seeding.Cached {
		from = "from the kept state"
	}
	p.line("Seeded: %s tenants, %s rows in %d tables, in %.1f s (%s)", whole(int64(r.Seeding.Tenants)), whole(r.Seeding.Rows), r.Seeding.Tables, r.Seeding.Seconds, from)
	p.line("Departures of the %s layout from the design: %d, with reasons in run.json", r.Target.Layout, len(r.Target.Departures))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// ms shows milliseconds with as many digits as they are worth.
func ms(v float64) string {
	switch {
	case v < 1:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

// whole groups the digits of a count: 1 234 567 reads as 1,234,567.
func whole(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
