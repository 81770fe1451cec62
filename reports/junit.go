package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
)

// JUnit writes a document for CI systems, which read it as the results of tests: a case for each objective, check, probe or mutant, in
// suites. What failed has its findings and mends with it. Unknown is an error and what wasn't checked is skipped, each with its reason, so
// that neither looks like passed; the first suite is the verdict itself, which no other case can outvote.
func JUnit(w io.Writer, d *result.Document) error {
	var suites []junitSuite
	switch doc := d.Doc.(type) {
	case *result.Run:
		suites = junitRun(doc)
	case *result.Examination:
		suites = junitExamination(doc)
	case *result.Drill:
		suites = junitDrill(doc)
	default:
		return strange("junit", d)
	}
	all := junitSuites{Name: "bulkhead " + string(d.Kind)}
	for i := range suites {
		s := &suites[i]
		s.count()
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
	}
	all.Suites = suites
	all.Time = suites[0].Time
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

type junitSuites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Time     string   `xml:"time,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []junitSuite
}

type junitSuite struct {
	XMLName    xml.Name         `xml:"testsuite"`
	Name       string           `xml:"name,attr"`
	Tests      int              `xml:"tests,attr"`
	Failures   int              `xml:"failures,attr"`
	Errors     int              `xml:"errors,attr"`
	Skipped    int              `xml:"skipped,attr"`
	Time       string           `xml:"time,attr"`
	Timestamp  string           `xml:"timestamp,attr,omitempty"`
	Properties *junitProperties `xml:"properties"`
	Cases      []junitCase
}

type junitProperties struct {
	All []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	XMLName xml.Name     `xml:"testcase"`
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Time    string       `xml:"time,attr"`
	Failure *junitReason `xml:"failure"`
	Error   *junitReason `xml:"error"`
	Skipped *junitReason `xml:"skipped"`
	Out     *junitText   `xml:"system-out"`
}

type junitReason struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

type junitText struct {
	Text string `xml:",cdata"`
}

// suite has the cases in which something can be told apart by its name; a name that comes twice gets a number.
func suite(name string, seconds float64, cases []junitCase) junitSuite {
	seen := map[string]int{}
	for i := range cases {
		key := cases[i].Class + "\n" + cases[i].Name
		if seen[key]++; seen[key] > 1 {
			cases[i].Name += fmt.Sprintf(" (%d)", seen[key])
		}
	}
	return junitSuite{Name: "bulkhead." + name, Time: surefire(seconds), Cases: cases}
}

func (s *junitSuite) count() {
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
}

// settle gives a case its outcome. why is the reason in a line, text all that there is to say.
func (c junitCase) settle(s result.Status, why, text string) junitCase {
	text = legal(text)
	reason := &junitReason{Type: string(s), Message: why, Text: text}
	switch s {
	case result.Pass:
		if out := strings.TrimSpace(legal(why) + "\n" + text); out != "" {
			c.Out = &junitText{out}
		}
	case result.Fail:
		c.Failure = reason
	case result.Unknown:
		c.Error = reason
	case result.NotChecked:
		reason.Type = "" // skipped is reason enough
		c.Skipped = reason
	default:
		c.Error = &junitReason{Type: "unknown", Message: fmt.Sprintf("the document has no status for this but %q", s), Text: text}
	}
	return c
}

func newCase(class, name string, seconds float64) junitCase {
	return junitCase{Class: "bulkhead." + class, Name: name, Time: surefire(seconds)}
}

// verdictSuite is the first of each file: one case, failed or in error with all reasons where the verdict is not pass.
func verdictSuite(s result.Status, reasons []result.Reason, notes []result.Finding, seconds float64, properties []junitProperty) junitSuite {
	why := "no reason stands against it"
	var text strings.Builder
	for i, r := range reasons {
		if i == 0 {
			why = r.What
		}
		fmt.Fprintf(&text, "[%s] %s\n", r.Status, r.What)
	}
	for _, f := range notes {
		if f.Severity == result.Note {
			text.WriteString(findingText("run", f))
		}
	}
	v := suite("verdict", seconds, []junitCase{newCase("verdict", "verdict", seconds).settle(s, why, text.String())})
	v.Properties = &junitProperties{properties}
	return v
}

func stamp(s junitSuite, t time.Time) junitSuite {
	if !t.IsZero() {
		s.Timestamp = t.UTC().Format("2006-01-02T15:04:05")
	}
	return s
}

// legal leaves out what no XML may hold, not even escaped; in attributes the library does so by itself.
func legal(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r >= 0x20 && r != 0xFFFE && r != 0xFFFF {
			return r
		}
		return 0xFFFD
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// surefire is a number of seconds as JUnit's schema has it.
func surefire(seconds float64) string { return fmt.Sprintf("%.3f", seconds) }

// findingText is a finding with its evidence and mend, as at the terminal.
func findingText(kind string, f result.Finding) string {
	var b strings.Builder
	found(&printer{w: &b}, kind, f)
	return b.String()
}
