package reports

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// HTML writes a run as one page that needs nothing beside it: charts are drawn by a library in the page, and each has its figures in a
// table. The page asks no server for anything: its policy lets run only the two scripts that it came with.
func HTML(w io.Writer, r *result.Run) error {
	p, err := newPage(r)
	if err != nil {
		return err
	}
	t, err := template.New("run.html").Funcs(pageFuncs()).ParseFS(templates, "templates/run.html", "templates/run-*.html")
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// page is what the template draws.
type page struct {
	*result.Run
	Policy  string // what the browser may load and run
	Style   template.CSS
	Library template.JS
	Script  template.JS
	License string // of the library
	Tiles   []tile
	Loads   []loadPart
	Ways    []family
	Notes   []result.Finding // findings that decide nothing
	Graver  []result.Finding
}

// tile is one figure of those that a reader sees first.
type tile struct {
	Name   string
	To     string // where in the page the rest stands
	Status result.Status
	Figure string
	Rest   string
}

// loadPart is one of the two loads.
type loadPart struct {
	ID, Title string
	HTTP      bool
	*result.Load
	Scenario  *result.Scenario
	Isolation *result.Isolation
	Observed  *result.Observed
	Pool      *result.Pool
	Faults    []result.Disturbance
	Series    series
	Rows      series // the same in fewer steps, for the tables
}

func newPage(r *result.Run) (*page, error) {
	p := &page{Run: r, Tiles: tiles(r), Ways: families(r.Coverage)}
	var style, library, script string
	for file, to := range map[string]*string{"uplot/uPlot.iife.min.js": &library, "uplot/LICENSE": &p.License, "run.js": &script} {
		data, err := templates.ReadFile("templates/" + file)
		if err != nil {
			return nil, err
		}
		*to = string(data)
	}
	for _, file := range []string{"uplot/uPlot.min.css", "run.css"} {
		data, err := templates.ReadFile("templates/" + file)
		if err != nil {
			return nil, err
		}
		style += string(data)
	}
	p.Style, p.Library, p.Script = template.CSS(style), template.JS(library), template.JS(script)
	p.Policy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s' '%s'; base-uri 'none'; form-action 'none'", digest(style), digest(library), digest(script))
	for _, f := range r.Findings {
		if f.Severity == result.Note {
			p.Notes = append(p.Notes, f)
		} else {
			p.Graver = append(p.Graver, f)
		}
	}
	p.Loads = append(p.Loads, newLoadPart("load", "Load on the database", &r.Load, &r.Scenario, r.Faults))
	p.Loads[0].Isolation, p.Loads[0].Observed, p.Loads[0].Pool = &r.Isolation, r.Observed, r.Stack.Pool
	if h := r.HTTP; h != nil {
		part := newLoadPart("http", "Load over HTTP", &h.Load, &h.Scenario, h.Faults)
		part.HTTP, part.Isolation, part.Observed = true, &h.Isolation, h.Observed
		p.Loads = append(p.Loads, part)
	}
	return p, nil
}

// target is a limit as somebody would write it: 50, not 50.0.
func target(ms float64) string { return strconv.FormatFloat(ms, 'f', -1, 64) }

func newLoadPart(id, title string, l *result.Load, sc *result.Scenario, faults []result.Disturbance) loadPart {
	return loadPart{ID: id, Title: title, Load: l, Scenario: sc, Faults: faults,
		Series: newSeries(l, sc, faults, pointsDrawn), Rows: newSeries(l, sc, faults, pointsTold)}
}

// digest is how a Content-Security-Policy names a script or style that may be used.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// tiles are the questions that a reader comes with. What they say is counted from what was judged; nothing is judged here.
func tiles(r *result.Run) []tile {
	iso := &r.Isolation
	apart := tile{Name: "Isolation", To: "isolation", Status: iso.Verdict, Figure: whole(iso.Foreign) + " foreign rows",
		Rest: fmt.Sprintf("in %s executions that could have leaked; %s rows checked", whole(iso.Reaching), whole(iso.RowsChecked))}
	all := []tile{apart, opsTile("Response times", "load", &r.Load)}
	if r.HTTP != nil {
		all = append(all, opsTile("Over HTTP", "http", &r.HTTP.Load))
	}
	if len(r.Coverage) > 0 {
		n := tally(len(r.Coverage), func(i int) result.Status { return r.Coverage[i].Status })
		all = append(all, tile{Name: "Ways to others' data", To: "coverage", Status: n.gravest(), Figure: fmt.Sprintf("%d of %d pass", n[result.Pass], len(r.Coverage)), Rest: n.rest()})
	}
	severities := map[result.Severity]int{}
	for _, f := range r.Findings {
		severities[f.Severity]++
	}
	found := tile{Name: "Findings", To: "findings", Figure: plural(severities[result.Leak], "leak"),
		Rest: plural(severities[result.Weakness], "weakness") + ", " + plural(severities[result.Note], "note")}
	if severities[result.Leak]+severities[result.Weakness] > 0 {
		found.Status = result.Fail
	}
	return append(all, found)
}

// opsTile names the operation that came nearest to its target, or went farthest over it.
func opsTile(name, to string, l *result.Load) tile {
	n := tally(len(l.Ops), func(i int) result.Status { return l.Ops[i].Verdict })
	t := tile{Name: name, To: to, Status: n.gravest(), Figure: "nothing measured"}
	var worst *result.Op
	for i := range l.Ops {
		op := &l.Ops[i]
		if op.Count > 0 && op.TargetMillis > 0 && (worst == nil || op.ResponseMs.P95/op.TargetMillis > worst.ResponseMs.P95/worst.TargetMillis) {
			worst = op
		}
	}
	if worst != nil {
		t.Figure = fmt.Sprintf("%s of %s ms", ms(worst.ResponseMs.P95), target(worst.TargetMillis))
		t.Rest = fmt.Sprintf("p95 of %s, the slowest beside its target; %d of %d operations pass", worst.Name, n[result.Pass], len(l.Ops))
		if rest := n.rest(); rest != "" {
			t.Rest += ", " + rest
		}
	}
	return t
}

// counts says how often each status was given.
type counts map[result.Status]int

func tally(n int, status func(int) result.Status) counts {
	c := counts{}
	for i := range n {
		c[status(i)]++
	}
	return c
}

// gravest leaves out what nobody asked for, unless there is nothing else.
func (c counts) gravest() result.Status {
	for _, s := range []result.Status{result.Fail, result.Unknown, result.Pass} {
		if c[s] > 0 {
			return s
		}
	}
	return result.NotChecked
}

func (c counts) rest() string {
	var parts []string
	for _, s := range []result.Status{result.Fail, result.Unknown, result.NotChecked} {
		if c[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c[s], s))
		}
	}
	return strings.Join(parts, ", ")
}

func plural(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "s"):
		what += "e"
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// family is the ways whose ids begin with the same letter.
type family struct {
	Letter string
	Name   string
	All    []result.Coverage
}

var familyNames = map[string]string{"S": "schema and roles", "W": "writes and side channels", "C": "connections and context", "A": "the backend's interface",
	"L": "Langflow", "R": "Redis", "T": "copies and trails", "N": "neighbours"}

func families(all []result.Coverage) (sorted []family) {
	for _, c := range all {
		letter := c.Channel[:min(1, len(c.Channel))]
		i := slices.IndexFunc(sorted, func(f family) bool { return f.Letter == letter })
		if i < 0 {
			i = len(sorted)
			sorted = append(sorted, family{Letter: letter, Name: cmp.Or(familyNames[letter], "a team's own")})
		}
		sorted[i].All = append(sorted[i].All, c)
	}
	return sorted
}
