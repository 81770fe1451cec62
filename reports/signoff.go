package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Signoff writes a sign-off for a person at a terminal: the verdict first, then every metric with what was measured.
func Signoff(w io.Writer, s *result.Signoff) error {
	p := &printer{w: w}
	p.outcome(signoffHeadline(s), s.ExitCode, s.Reasons)
	p.line("  target %s (%s), layout %s, seed %d, %s, %.0f s in all", s.Target, short(s.TargetHash), s.Layout, s.Seed, date(s), s.Seconds)
	var rows [][]string
	for i, m := range s.Metrics {
		if i == 0 || s.Metrics[i-1].Group != m.Group {
			rows = append(rows, []string{strings.ToUpper(m.Group), "", "", "", ""})
		}
		rows = append(rows, []string{m.Name, m.Wanted, folded(m.Measured), standing(m), exhibits(m)})
	}
	p.line("")
	p.table([]string{"metric", "wanted", "measured", "status", "evidence"}, rows)
	for _, m := range s.Metrics {
		if m.Status == result.Pass && m.Why != "" {
			p.line("  %s: %s", m.Name, m.Why)
		}
	}
	p.line("")
	p.line("Documents:")
	for _, d := range s.Documents {
		p.line("  %s", paper(d))
	}
	return p.err
}

func signoffHeadline(s *result.Signoff) string {
	switch s.Verdict {
	case result.Ready:
		return "READY FOR SIGNATURE: every metric that can be measured passes"
	case result.Fail:
		return "NOT READY: a metric fails"
	default:
		return "NOT READY: a metric is unknown"
	}
}

// folded breaks a text into lines that leave a table readable.
func folded(s string) string {
	const width = 56
	var lines []string
	for _, word := range strings.Fields(s) {
		if last := len(lines) - 1; last >= 0 && len(lines[last])+1+len(word) <= width {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return strings.Join(lines, "\n")
}

// standing is a metric's status; what nobody can measure waits for a signature.
func standing(m result.Metric) string {
	if m.Sign != nil {
		return "to be signed"
	}
	return string(m.Status)
}

// exhibits is the first place of evidence, and how many more there are.
func exhibits(m result.Metric) string {
	if len(m.Evidence) == 0 {
		return ""
	}
	first := m.Evidence[0].File + " " + m.Evidence[0].Path
	if len(m.Evidence) > 1 {
		first += fmt.Sprintf(" (+%d)", len(m.Evidence)-1)
	}
	return first
}

// paper is a document in a line.
func paper(d result.SignoffDocument) string {
	if d.File == "" {
		return fmt.Sprintf("%s: none: %s", d.Kind, d.Why)
	}
	return fmt.Sprintf("%s (%s): %s, %s", d.File, d.What, d.Verdict, made(d))
}

// made tells when and from where a document is.
func made(d result.SignoffDocument) string {
	var parts []string
	if !d.Started.IsZero() {
		parts = append(parts, fmt.Sprintf("%s, %.0f s", d.Started.Format(dateFormat), d.Seconds))
	}
	if d.From != "" {
		parts = append(parts, "taken over from "+d.From)
	}
	if len(parts) == 0 {
		return "computed"
	}
	return strings.Join(parts, ", ")
}

const dateFormat = "2006-01-02 15:04:05 MST"

func date(s *result.Signoff) string { return s.Started.Format(dateFormat) }

// short is enough of a hash to tell it from others.
func short(hash string) string { return hash[:min(12, len(hash))] }
