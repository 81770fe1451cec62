package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// findingsShown is how many findings a summary tells in full: a comment to a pull request has a limit, and a reader too.
const findingsShown = 20

// Markdown writes a summary for a pull request: the verdict and its reasons, the operations, findings with their mends, and the coverage
// folded away.
func Markdown(w io.Writer, d *result.Document) error {
	p := &printer{w: w}
	switch doc := d.Doc.(type) {
	case *result.Run:
		markdownRun(p, d, doc)
	case *result.Examination:
		markdownExamination(p, d, doc)
	case *result.Drill:
		markdownDrill(p, doc)
	case *result.Signoff:
		return SignoffMarkdown(w, doc)
	default:
		return strange("markdown", d)
	}
	return p.err
}

func markdownRun(p *printer, d *result.Document, r *result.Run) {
	p.line("## bulkhead: %s", markdownVerdict(r.Verdict, "no tenant's data reached another, and every operation held its target", "this run can't answer"))
	markdownReasons(p, r.Reasons)
	p.line("")
	p.line("Scenario %s, seed %d, target %s (%s), %s, %.0f s on %d cores.", cell(r.Scenario.Name), r.Seed, cell(r.Target.Name), cell(r.Target.Layout),
		r.Started.UTC().Format("2006-01-02 15:04 MST"), r.Seconds, r.Stack.Machine.Cores)
	markdownOperations(p, r)
	p.line("")
	for _, l := range loads(r) {
		iso := l.isolation
		p.line("Isolation, %s: **%s**. %s rows checked, %s executions could have returned another tenant's; %s foreign, %s damaged, %s missing.", l.name, iso.Verdict,
			whole(iso.RowsChecked), whole(iso.Reaching), whole(iso.Foreign), whole(iso.Damaged), whole(iso.Missing))
	}
	markdownFindings(p, d.Name, "run", r.Findings)
	markdownCoverage(p, r.Coverage)
}

// markdownVerdict leads with a word, so that nobody has to know a colour.
func markdownVerdict(s result.Status, passed, unknown string) string {
	switch s {
	case result.Pass:
		return "PASS, " + passed
	case result.Fail:
		return "FAIL"
	}
	return "UNKNOWN, " + unknown
}

func markdownReasons(p *printer, reasons []result.Reason) {
	if len(reasons) == 0 {
		return
	}
	p.line("")
	for i, r := range reasons {
		if i == findingsShown {
			p.line("- and %d more", len(reasons)-i)
			return
		}
		p.line("- **%s**: %s", r.Status, cell(r.What))
	}
}

func markdownOperations(p *printer, r *result.Run) {
	p.line("")
	p.line("| operation | count | errors | p50 ms | p95 ms | 95 %% interval | p99 ms | target ms | verdict |")
	p.line("|---|---:|---:|---:|---:|---|---:|---:|---|")
	for _, l := range loads(r) {
		for i := range l.Ops {
			op := &l.Ops[i]
			if op.Verdict == result.NotChecked {
				p.line("| %s | | | | | | | %s | not checked: %s |", cell(op.Name), limit(op.TargetMillis), cell(op.Why))
				continue
			}
			row := opRow(op)
			if op.Count == 0 { // no sample has no percentiles
				copy(row[3:], []string{"-", "-", "-", "-"})
			}
			p.line("| %s | %s | %s | %s | %s | %s | %s | %s | %s |", cell(op.Name), row[1], row[2], row[3], row[4], row[5], row[6], limit(op.TargetMillis), standout(op.Verdict))
		}
	}
}

func limit(ms float64) string { return fmt.Sprintf("%.4g", ms) }

// standout has everything but a pass in bold.
func standout(s result.Status) string {
	if s == result.Pass {
		return string(s)
	}
	return "**" + string(s) + "**"
}

func markdownFindings(p *printer, file, kind string, findings []result.Finding) {
	if len(findings) == 0 {
		return
	}
	if file == "" {
		file = kind + ".json"
	}
	p.line("")
	p.line("### Findings")
	for i, f := range findings {
		if i == findingsShown {
			p.line("")
			p.line("And %d more, in %s.", len(findings)-i, cell(file))
			return
		}
		p.line("")
		p.line("**%s %s**: %s  ", f.Severity, cell(f.Channel), cell(f.What))
		p.line("Where: %s. Seen %s times.", cell(f.Where), whole(f.Count))
		for j, e := range f.Evidence {
			if j == evidenceShown {
				p.line("- %d more in %s", len(f.Evidence)-j, cell(file))
				break
			}
			p.line("- %s", cell(seen(e)))
		}
		if f.Fix != "" {
			p.line("")
			p.line("Mend:")
			markdownCode(p, "sql", f.Fix)
		}
	}
}

// seen is a piece of evidence in a line.
func seen(e result.Evidence) string {
	var parts []string
	if e.File != "" {
		parts = append(parts, fmt.Sprintf("execution %d of %s, asked by tenant %s", e.Execution, e.File, e.Tenant))
	}
	if e.Row != "" {
		parts = append(parts, fmt.Sprintf("row %s of %s, which belongs to tenant %s", e.Row, e.Table, e.Owner))
	}
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	if len(parts) == 0 {
		return "no more is known of it"
	}
	return strings.Join(parts, ": ")
}

// markdownCode fences a text with more backticks than are in it.
func markdownCode(p *printer, language, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	p.line("")
	p.line("%s%s", fence, language)
	p.line("%s", strings.TrimRight(text, "\n"))
	p.line("%s", fence)
}

func markdownCoverage(p *printer, all []result.Coverage) {
	if len(all) == 0 {
		return
	}
	n := map[result.Status]int{}
	for _, c := range all {
		n[c.Status]++
	}
	p.line("")
	p.line("<details><summary>Coverage: %d ways to another tenant's data, %d pass, %d fail, %d unknown, %d not checked</summary>", len(all), n[result.Pass], n[result.Fail],
		n[result.Unknown], n[result.NotChecked])
	p.line("")
	p.line("| | way | checked by | n | 95 %% bound | mutants noticed | status |")
	p.line("|---|---|---|---:|---:|---|---|")
	for _, c := range all {
		status := standout(c.Status)
		if c.Why != "" {
			status += ": " + cell(c.Why)
		}
		p.line("| %s | %s | %s | %s | %s | %s | %s |", cell(c.Channel), cell(c.Doc), ways(c.How), number(c.Units), bound(c), noticed(c), status)
	}
	p.line("")
	p.line("</details>")
}

func markdownExamination(p *printer, d *result.Document, e *result.Examination) {
	p.line("## bulkhead %s: %s", e.Kind, markdownVerdict(e.Verdict, "no door to another tenant's data was found open", "this "+e.Kind+" can't answer"))
	markdownReasons(p, e.Reasons)
	n := map[result.Status]int{}
	for _, c := range e.Checks {
		n[c.Status]++
	}
	p.line("")
	p.line("Target %s, %.1f s: %d checks, %d pass, %d fail, %d unknown, %d not checked.", cell(e.Target.Name), e.Seconds, len(e.Checks), n[result.Pass], n[result.Fail],
		n[result.Unknown], n[result.NotChecked])
	markdownFindings(p, d.Name, e.Kind, e.Findings)
	if len(e.Checks) == 0 {
		return
	}
	p.line("")
	p.line("<details><summary>Checks</summary>")
	p.line("")
	p.line("| | check | what | n | hits | 95 %% bound | status |")
	p.line("|---|---|---|---:|---:|---:|---|")
	for _, c := range e.Checks {
		row := checkRow(c)
		status := standout(c.Status)
		if c.Why != "" {
			status += ": " + cell(c.Why)
		}
		p.line("| %s | %s | %s | %s | %s | %s | %s |", cell(row[0]), cell(row[1]), cell(row[2]), row[3], row[4], row[5], status)
	}
	p.line("")
	p.line("</details>")
}

func markdownDrill(p *printer, d *result.Drill) {
	p.line("## bulkhead drill: %s", markdownVerdict(d.Verdict, "every mutant was noticed, and nothing else", "this drill can't answer"))
	markdownReasons(p, d.Reasons)
	p.line("")
	p.line("Target %s, seed %d, %.0f s: %d mutants, %d killed, %d of them by the intended channel; %d equivalent; %d benign changes, %d false alarms.", cell(d.Target), d.Seed, d.Seconds,
		d.Mutants, d.Killed, d.KilledByIntended, d.Equivalent, d.Benign, len(d.FalseAlarms))
	told := false
	for _, m := range d.Results {
		if s := outcome(m.Outcome); s == result.Pass || s == result.NotChecked {
			continue
		}
		if !told {
			p.line("")
			p.line("| mutant | scope | what | outcome |")
			p.line("|---|---|---|---|")
			told = true
		}
		p.line("| %s | %s | %s | **%s** |", cell(m.ID), cell(m.Scope), cell(m.Doc), cell(mutantWhy(m)))
	}
}
