package reports

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Cutover writes a cutover for a person at a terminal: the verdict first, then what each direction took and who noticed.
func Cutover(w io.Writer, d *result.Cutover) error {
	p := &printer{w: w}
	headline := map[result.Status]string{
		result.Pass:    "PASS: nothing lost, nothing open, and the backend served throughout",
		result.Fail:    "FAIL",
		result.Unknown: "UNKNOWN: this cutover can't answer",
	}[d.Verdict]
	p.outcome(headline, d.ExitCode, d.Reasons)
	p.line("  cutover of target %s from %s to %s, Langflow %s, seed %d, in %.0f s", d.Target, d.From, d.To, d.Langflow, d.Seed, d.Seconds)
	p.line("  %s rows of %d tenants, %s of database; %.4g transactions a second meanwhile", whole(d.Rows), d.Tenants, sizeOf(d.Bytes), d.Rate)
	moves(p, d)
	steps(p, "Cutover", d.Forth)
	steps(p, "Rollback", d.Back)
	langflowDown(p, d)
	cutoverLoad(p, d)
	return p.err
}

func moves(p *printer, d *result.Cutover) {
	header := []string{"", "script", "rows lost", "of compared", "failed", "longest gap", "longest response", "quiet before: gap", "response"}
	var rows [][]string
	row := func(name string, m *result.Move) {
		if m == nil {
			return
		}
		rows = append(rows, []string{name, fmt.Sprintf("%.1f s", m.Seconds), whole(m.RowsLost), whole(m.RowsCompared), whole(m.Downtime.Failed),
			fmt.Sprintf("%.0f ms", 1000*m.Downtime.LongestGapSeconds), fmt.Sprintf("%.0f ms", m.Downtime.MaxMillis),
			fmt.Sprintf("%.0f ms", 1000*m.Quiet.LongestGapSeconds), fmt.Sprintf("%.0f ms", m.Quiet.MaxMillis)})
	}
	row("cutover", d.Forth)
	row("rollback", d.Back)
	p.line("")
	p.line("Each direction, as the backend's users saw it (a gap is time without a transaction that ended well; %.1f s are allowed):", d.Objectives.GapSecondsMax)
	p.table(header, rows, 1, 2, 3, 4, 5, 6, 7, 8)
	if d.Forth != nil && d.Forth.Watched != nil && d.ProtectWatched != nil {
		looks := d.Forth.Watched.Looks + d.ProtectWatched.Looks
		p.line("  tables that were moved were read %s times without a tenant, by then and while Langflow started: %d of them showed rows", whole(int64(looks)),
			len(d.Forth.Watched.Tables)+len(d.ProtectWatched.Tables))
	}
	if d.Back != nil {
		p.line("  the rollback may take %.0f s", d.Objectives.BackSecondsMax)
	}
}

// steps lists a script's steps with what they took.
func steps(p *printer, name string, m *result.Move) {
	if m == nil {
		return
	}
	var parts []string
	for _, s := range m.Steps {
		part := fmt.Sprintf("%s %.2f s", s.Name, s.Seconds)
		if s.Tables > 0 {
			part += fmt.Sprintf(" (%d, %d locks asked for)", s.Tables, s.Tries)
		}
		parts = append(parts, part)
	}
	p.line("%s: %s", name, strings.Join(parts, ", "))
	if m.Killed > 0 {
		p.line("  its connection was ended %s; it began anew and completed", m.KillAt)
	}
	for i, difference := range m.Differences {
		if i == differencesShown {
			p.line("  and %d more", len(m.Differences)-i)
			break
		}
		p.line("  not as it should be: %s", difference)
	}
	for _, key := range m.BrokenKeys {
		p.line("  foreign key that leads nowhere: %s", key)
	}
}

const differencesShown = 20

func langflowDown(p *printer, d *result.Cutover) {
	l := d.LangflowDown
	p.line("")
	var parts []string
	if l.WasUp {
		parts = append(parts, fmt.Sprintf("stop %.1f s", l.StopSeconds))
	}
	parts = append(parts, fmt.Sprintf("script %.1f s", l.MoveSeconds), fmt.Sprintf("start %.1f s", l.StartSeconds), fmt.Sprintf("policies %.1f s", l.PolicySeconds))
	p.line("Langflow was down for %.1f s: %s. There is one of it, so this is not 0.", d.LangflowSeconds, strings.Join(parts, ", "))
	p.line("  the backend meanwhile: %d transactions, %d failed, longest gap %.0f ms, longest response %.0f ms", d.Protect.Completed, d.Protect.Failed,
		1000*d.Protect.LongestGapSeconds, d.Protect.MaxMillis)
	if d.Back != nil && l.BackUpSeconds > 0 && l.Afterwards == "" {
		p.line("  after the rollback it started in %.1f s", l.BackUpSeconds)
	}
	if d.Migrations == "" {
		p.line("EnGarde's migrations go on after the cutover: `alembic upgrade head` found its own history")
	}
}

func cutoverLoad(p *printer, d *result.Cutover) {
	l, i := d.Load, d.Isolation
	if l == nil || i == nil {
		return
	}
	p.line("Loads: %s transactions in %.0f s, %s failed%s; %s rows checked: foreign %d, damaged %d, missing %d", whole(l.Completed), l.Seconds, whole(l.Failed), errorClasses(l.Errors),
		whole(i.RowsChecked), i.Foreign, i.Damaged, i.Missing)
	p.line("  %s acknowledged writes, %d lost; %s transactions reached for other tenants' rows, once policies were there", whole(l.Acknowledged), l.Lost, whole(i.Reaching))
	leaks, weaknesses := 0, 0
	for _, f := range d.Findings {
		switch f.Severity {
		case result.Leak:
			leaks++
		case result.Weakness:
			weaknesses++
		}
	}
	p.line("Audit and attack on the result: %d leaks, %d weaknesses", leaks, weaknesses)
}

func errorClasses(errors map[string]int64) string {
	var parts []string
	for _, class := range slices.Sorted(maps.Keys(errors)) {
		parts = append(parts, fmt.Sprintf("%d %s", errors[class], class))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// sizeOf gives a size in the unit that people would.
func sizeOf(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
}
