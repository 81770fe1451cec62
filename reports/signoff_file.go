package reports

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	text "text/template"

	"github.com/engardehq/bulkhead/internal/result"
)

//go:embed templates
var templates embed.FS

// SignoffMarkdown writes a sign-off as a document to be filed and signed.
func SignoffMarkdown(w io.Writer, s *result.Signoff) error {
	t, err := text.New("signoff.md").Funcs(text.FuncMap(signoffFuncs())).Funcs(text.FuncMap{"cell": cell}).ParseFS(templates, "templates/signoff.md")
	if err != nil {
		return err
	}
	return t.Execute(w, s)
}

// SignoffHTML writes the same as one file that needs nothing beside it.
func SignoffHTML(w io.Writer, s *result.Signoff) error {
	t, err := template.New("signoff.html").Funcs(signoffFuncs()).ParseFS(templates, "templates/signoff.html")
	if err != nil {
		return err
	}
	return t.Execute(w, s)
}

// card is a group of metrics.
type card struct {
	Name    string
	Metrics []result.Metric
}

func signoffFuncs() template.FuncMap {
	return template.FuncMap{
		"headline": signoffHeadline, "standing": standing, "made": made, "date": date, "short": short,
		"class": func(s string) string { return strings.ReplaceAll(s, " ", "-") },
		"cards": func(s *result.Signoff) (all []card) {
			for _, m := range s.Metrics {
				if len(all) == 0 || all[len(all)-1].Name != m.Group {
					all = append(all, card{Name: m.Group})
				}
				all[len(all)-1].Metrics = append(all[len(all)-1].Metrics, m)
			}
			return all
		},
		"tally": func(s *result.Signoff) string {
			n := map[string]int{}
			for _, m := range s.Metrics {
				n[standing(m)]++
			}
			return fmt.Sprintf("%d pass, %d fail, %d unknown, %d to be signed", n["pass"], n["fail"], n["unknown"], n["to be signed"])
		},
		"secs": func(v float64) string { return fmt.Sprintf("%.0f s", v) },
	}
}

// cell is text that stands in a cell of a Markdown table: nothing in it ends the cell, the line, or begins markup, and
// no character is one that text doesn't have.
func cell(s string) string {
	r := strings.NewReplacer("\\", "\\\\", "|", "\\|", "\n", " ", "*", "\\*", "_", "\\_", "`", "\\`", "<", "&lt;", ">", "&gt;", "[", "\\[", "]", "\\]")
	return r.Replace(legal(s))
}
