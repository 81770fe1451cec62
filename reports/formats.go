package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// Format is one way of writing a document.
type Format struct {
	Name  string
	Doc   string
	File  string        // usual name of the file
	Kinds []result.Kind // of documents that it can say something of
	write func(w io.Writer, d *result.Document) error
}

var (
	ofEvery = []result.Kind{result.KindRun, result.KindAudit, result.KindAttack, result.KindDrill, result.KindLayouts, result.KindCutover, result.KindSignoff, result.KindCost, result.KindCompare,
		result.KindGate}
	ofJudged   = []result.Kind{result.KindRun, result.KindAudit, result.KindAttack, result.KindDrill}
	ofFindings = []result.Kind{result.KindRun, result.KindAudit, result.KindAttack}
	ofRuns     = []result.Kind{result.KindRun}
)

// Formats are all that there are, in the order in which they are told.
var Formats = []Format{
	{"terminal", "text for a person", "report.txt", ofEvery, terminal},
	{"json", "the document itself; of a run, `bulkhead report --schema` prints the schema", "run.json", ofEvery, asJSON},
	{"junit", "JUnit XML: a case for each check, probe, objective or mutant", "junit.xml", ofJudged, JUnit},
	{"sarif", "SARIF 2.1.0: the findings", "bulkhead.sarif", ofFindings, SARIF},
	{"markdown", "a summary for a pull request", "summary.md", append(slices.Clone(ofJudged), result.KindSignoff), Markdown},
	{"html", "one page with charts, for a browser; it needs no network", "report.html", []result.Kind{result.KindRun, result.KindSignoff}, asHTML},
	{"csv", "the seconds of the load, operation by operation", "windows.csv", ofRuns, CSV},
	{"prometheus", "metrics in Prometheus' text format", "bulkhead.prom", ofJudged, Prometheus},
	{"hlog", "latencies of each second in HdrHistogram's log format, out of the logs beside run.json", "latency.hlog", ofRuns, IntervalLog},
}

// FormatNames are the names of the formats in which a kind of document can be written.
func FormatNames(kind result.Kind) (names []string) {
	for _, f := range Formats {
		if slices.Contains(f.Kinds, kind) {
			names = append(names, f.Name)
		}
	}
	return names
}

// FormatNamed finds the format of a name for a kind of document.
func FormatNamed(name string, kind result.Kind) (Format, error) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	switch {
	case i < 0:
		return Format{}, fmt.Errorf("there is no format %q; one of %s", name, strings.Join(FormatNames(kind), ", "))
	case !slices.Contains(Formats[i].Kinds, kind):
		return Format{}, fmt.Errorf("%s says nothing of a document of %s; one of %s does", name, kind, strings.Join(FormatNames(kind), ", "))
	}
	return Formats[i], nil
}

// Write writes a document. The same document gives the same bytes.
func (f Format) Write(w io.Writer, d *result.Document) error { return f.write(w, d) }

func terminal(w io.Writer, d *result.Document) error {
	switch doc := d.Doc.(type) {
	case *result.Run:
		return Terminal(w, doc)
	case *result.Examination:
		return Examination(w, doc)
	case *result.Drill:
		return Drill(w, doc)
	case *result.Layouts:
		return Layouts(w, doc)
	case *result.Cutover:
		return Cutover(w, doc)
	case *result.Signoff:
		return Signoff(w, doc)
	case *result.Cost:
		return Cost(w, doc)
	case *result.Comparison:
		return Comparison(w, doc)
	case *result.Gate:
		return Gate(w, doc)
	}
	return strange("terminal", d)
}

func asHTML(w io.Writer, d *result.Document) error {
	switch doc := d.Doc.(type) {
	case *result.Run:
		return HTML(w, doc)
	case *result.Signoff:
		return SignoffHTML(w, doc)
	}
	return strange("html", d)
}

// asJSON writes what was read as it was: another version may have put in more than this one knows.
func asJSON(w io.Writer, d *result.Document) error {
	if d.Raw != nil {
		_, err := w.Write(d.Raw)
		return err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(d.Doc)
}

// strange is a kind of document that a format was promised to know and doesn't.
func strange(format string, d *result.Document) error {
	return fmt.Errorf("%s says nothing of a document of %s", format, d.Kind)
}
