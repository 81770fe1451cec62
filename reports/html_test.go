package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/result"
)

// timed gives a run's operations so many seconds, with one slow second and one that fails.
func timed(r *result.Run, seconds int) *result.Run {
	for i := range r.Load.Ops {
		op := &r.Load.Ops[i]
		if op.Count == 0 {
			continue
		}
		op.Windows = nil
		for s := range seconds {
			p95 := op.ResponseMs.P95 * (1 + 0.5*math.Sin(float64(s)/7+float64(i)))
			op.Windows = append(op.Windows, result.Window{Second: s, Count: int64(30 + s%7), P95: p95, Max: 2 * p95})
		}
		op.Windows[seconds/2].P95, op.Windows[seconds/2].Max = 77.7, 888.8
		op.Windows[seconds/3].Errors = 3
	}
	return r
}

func missed() *result.Run {
	r := timed(staged(), 40)
	r.Verdict, r.ExitCode = result.Fail, 3
	r.Reasons = []result.Reason{{Status: result.Fail, ExitCode: 3, What: "request_flow: p95 122.9 to 123.9 ms is over 100 ms"}}
	r.Faults = []result.Disturbance{{Fault: "postgres_crash", Doc: "PostgreSQL is killed", StartedSeconds: 12, BackSeconds: 15.5, Done: true}, {Fault: "redis_stop", AtSeconds: 20, Error: "it was not there"}}
	r.Load.Tenants.WorstByMax = []result.TenantLoad{{Tenant: "0c4b9c2e-8a55-4d9e-9a4f-2f9d1f3b7c11", Class: "large", Rows: 50000, Count: 9, SumMillis: 90, MaxMillis: 801}}
	return r
}

func unknownRun() *result.Run {
	r := healthy()
	r.Verdict, r.ExitCode = result.Unknown, 4
	r.Reasons = []result.Reason{{Status: result.Unknown, ExitCode: 4, What: "no row came back, so nothing is known of isolation"}}
	r.Load, r.Isolation, r.Coverage = result.Load{}, result.Isolation{Verdict: result.Unknown}, nil
	return r
}

// hour is a run of 10,000 tenants over an hour, with as much in it as a document can have.
func hour() *result.Run {
	r := timed(leaking(), 3600)
	classes(&r.Load)
	r.Seeding.Tenants = 10000
	r.Load.Tenants.Served = 10000
	ops := r.Load.Ops
	r.Load.Ops = nil
	for i := range 12 {
		op := ops[i%2]
		op.Name = fmt.Sprintf("%s_%d", op.Name, i)
		r.Load.Ops = append(r.Load.Ops, op)
	}
	for i := range 10 {
		t := result.TenantLoad{Tenant: fmt.Sprintf("%08d-8a55-4d9e-9a4f-2f9d1f3b7c11", i), Class: "large", Rows: 50000, Count: 100, SumMillis: 400, MaxMillis: float64(500 - i)}
		r.Load.Tenants.WorstByMax = append(r.Load.Tenants.WorstByMax, t)
	}
	r.HTTP = &result.HTTP{Scenario: r.Scenario, Load: r.Load, Isolation: r.Isolation}
	for i := range 300 {
		r.Checks = append(r.Checks, result.Check{Channel: "S04", How: result.ByCatalog, Name: fmt.Sprint("check ", i), Doc: "a table without a policy", Status: result.Pass})
	}
	return r
}

const hostile = `</script><script>pwned()</script><img src="http://example.invalid/x" onerror="pwned()">'"` + "`{{.}}\u2028"

// hostileRun has markup wherever a document has words.
func hostileRun() *result.Run {
	r := missed()
	r.Target.Name, r.Target.Layout, r.Target.Hash, r.Scenario.Name, r.Scenario.Arrivals, r.Scenario.TenantChoice, r.Version = hostile, hostile, hostile, hostile, hostile, hostile, hostile
	r.Reasons[0].What = hostile
	r.Findings = leaking().Findings
	f := &r.Findings[0]
	f.Channel, f.What, f.Where, f.Fix = hostile, hostile, hostile, hostile
	f.Evidence[0] = result.Evidence{Operation: hostile, Tenant: hostile, Owner: hostile, Table: hostile, Row: hostile, File: hostile, Detail: hostile}
	for i := range r.Load.Ops {
		op := &r.Load.Ops[i]
		op.Name, op.Doc, op.Why, op.ErrorsByClass = hostile, hostile, hostile, map[string]int64{hostile: 1}
	}
	for i := range r.Coverage {
		c := &r.Coverage[i]
		c.Channel, c.Doc, c.Why, c.Residual = fmt.Sprint(hostile, i), hostile, hostile, hostile
	}
	r.Load.Classes[0].Name, r.Load.Tenants.WorstByMax[0].Tenant, r.Faults[0].Fault, r.Faults[1].Error = hostile, hostile, hostile, hostile
	r.Stack.Services[0].Version, r.Stack.Machine.OS, r.Stack.Settings = hostile, hostile, map[string]string{hostile: hostile}
	r.Checks = []result.Check{{Channel: hostile, Name: hostile, Doc: hostile, Why: hostile, Status: result.Unknown}}
	r.Observed = &result.Observed{Statements: []result.SQLStatement{{Query: hostile, Role: hostile}}, IntervalLog: hostile, NotMeasured: []result.NotMeasured{{What: hostile, Why: hostile}}}
	r.Removal = &result.Removal{Tenant: hostile, Refused: []result.RemovalUse{{What: hostile}}, Stayed: []result.RemovalLeft{{Table: hostile, Reason: hostile}}}
	r.Backup = &result.Backup{Bytes: 1, Differences: []string{hostile}, Unknown: hostile}
	return r
}

func pages() map[string]*result.Run {
	return map[string]*result.Run{"healthy": timed(healthy(), 45), "leak": timed(leaking(), 45), "missed": missed(), "unknown": unknownRun(), "hour": hour(), "hostile": hostileRun(),
		"closed": timed(closedLoop(), 2), "nothing": {}}
}

func html(t *testing.T, r *result.Run) string {
	t.Helper()
	var out bytes.Buffer
	if err := HTML(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var (
	ours   = regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>|<pre>The MIT License.*?</pre>|content="default-src.*?"`)
	points = regexp.MustCompile(`(?s)(<script type="application/json"[^>]*>)(.*?)</script>`)
)

// TestHTMLIsSound reads each page: what is opened is closed, ids are unique and links in the page lead somewhere, nothing is fetched, no
// script but the two that came with it stands there, and no attribute runs anything.
func TestHTMLIsSound(t *testing.T) {
	for name, r := range pages() {
		t.Run(name, func(t *testing.T) {
			page := html(t, r)
			if n := len(page); n > 3<<20 {
				t.Errorf("%d bytes are too many", n)
			}
			if n := strings.Count(page, "<script"); n != 2+strings.Count(page, `<script type="application/json"`) {
				t.Errorf("%d scripts", n)
			}
			ids, links := read(t, ours.ReplaceAllString(points.ReplaceAllString(page, ""), ""))
			for _, to := range links {
				if !ids[to] {
					t.Errorf("a link leads to #%s, which is not there", to)
				}
			}
		})
	}
}

// read walks through markup and gives its ids and the links to them.
func read(t *testing.T, page string) (ids map[string]bool, links []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(page, "<!DOCTYPE html>")))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta"}, xml.HTMLEntity
	ids = map[string]bool{}
	var open []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Local)
			if e.Name.Local == "img" || e.Name.Local == "iframe" || e.Name.Local == "link" {
				t.Errorf("there is a %s", e.Name.Local)
			}
			for _, a := range e.Attr {
				switch {
				case a.Name.Local == "id":
					if ids[a.Value] {
						t.Errorf("two elements are #%s", a.Value)
					}
					ids[a.Value] = true
				case a.Name.Local == "href":
					if to, inside := strings.CutPrefix(a.Value, "#"); inside {
						links = append(links, unescaped(t, to))
					} else {
						t.Errorf("a link leads out of the page: %s", a.Value)
					}
				case a.Name.Local == "src", a.Name.Local == "style", strings.HasPrefix(a.Name.Local, "on"):
					t.Errorf("%s has %s=%q", e.Name.Local, a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != e.Name.Local {
				t.Fatalf("</%s> where %v is open", e.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%v stays open", open)
	}
	return ids, links
}

func TestHTMLSaysWhatDecides(t *testing.T) {
	for name, want := range map[string][]string{
		"healthy": {"PASS: no tenant&#39;s data", "0 foreign rows", `data-draw="curve"`},
		"leak":    {"37 foreign rows", "1 leak", "ALTER VIEW public.tenant_flows", "langflow was left out", "belongs to tenant", "4/5"},
		"missed":  {"123 of 100 ms", "p95 of request_flow", "122.9 to 123.9", "Faults", "postgres_crash", "it was not there", "Errors a second"},
		"unknown": {"UNKNOWN: this run can", "no row came back", "nothing measured"},
		"hour":    {"Each point is 10 seconds", "10,000 tenants", "Load over HTTP"},
		"closed":  {"coordinated omission"},
	} {
		page := html(t, pages()[name])
		for _, words := range want {
			if !strings.Contains(page, words) {
				t.Errorf("%s: %q is not there", name, words)
			}
		}
	}
}

// TestStepsHideNoSlowSecond holds what is drawn and told against the seconds that it came from.
func TestStepsHideNoSlowSecond(t *testing.T) {
	r := hour()
	for _, most := range []int{pointsDrawn, pointsTold} {
		s := newSeries(&r.Load, &r.Scenario, nil, most)
		if len(s.From) > most || len(s.From) < most/3 {
			t.Errorf("%d points where %d are allowed", len(s.From), most)
		}
		for i, op := range s.Ops {
			windows := r.Load.Ops[i].Windows
			var count, failed int64
			for _, w := range windows {
				k := w.Second / s.Step
				if w.P95 > float64(op.High[k]) || w.P95 < float64(op.Low[k]) || w.Max > float64(op.Max[k]) {
					t.Fatalf("second %d of %s isn't within its step", w.Second, op.Name)
				}
				count, failed = count+w.Count, failed+w.Errors
			}
			for k := range s.From {
				count, failed = count-op.Count[k], failed-op.Errors[k]
			}
			if count != 0 || failed != 0 {
				t.Errorf("%s: %d executions and %d errors are gone", op.Name, count, failed)
			}
			if high := op.High[len(windows)/2/s.Step]; i%2 == 0 && high != 77.7 {
				t.Errorf("%s: the slow second shows as %v ms", op.Name, high)
			}
		}
	}
}

func TestSeries(t *testing.T) {
	l := &result.Load{Ops: []result.Op{{Name: "a", Count: 90, Reaching: 10, TargetMillis: 50, ResponseMs: result.Distribution{P50: 1, P90: 2, P95: 3, P99: 4, Max: 5},
		Windows: []result.Window{{Second: 0, Count: 40, P95: 1, Max: 2}, {Second: 1, Errors: 2}, {Second: 3, Count: 50, P95: 2.34567, Max: 9}, {Second: -5, Count: 1}, {Second: 1 << 60, Count: 1}}}},
		Stages: []result.StageLoad{{Seconds: 2, StartsPerSecond: 100, EndsPerSecond: 100}, {FromSecond: 2, Seconds: 2, StartsPerSecond: 100, EndsPerSecond: 300}}}
	s := newSeries(l, &result.Scenario{Model: result.Open}, []result.Disturbance{{Fault: "f", StartedSeconds: 1, BackSeconds: 2}, {Fault: "g", Error: "no"}}, 10)
	text := fmt.Sprint(s.From, s.Offered, s.Done, s.Errors, s.Ops[0].High, s.Ops[0].Curve, s.Faults)
	want := "[0 1 2 3] [90 90 135 225] [40 0 0 50] [0 2 0 0] [1 NaN NaN 2.34567] [[2 1] [10 2] [20 3] [90 5]] [{f 1 2}]"
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	closed := newSeries(l, &result.Scenario{Model: result.Closed, RatePerSecond: 5}, nil, 10)
	if !math.IsNaN(float64(closed.Offered[0])) {
		t.Errorf("a closed loop offers %v", closed.Offered)
	}
	for _, test := range [][3]int{{1, 600, 1}, {600, 600, 1}, {601, 600, 2}, {3600, 600, 10}, {3600, 60, 60}, {86400, 60, 1440}, {86401, 60, 1500}} {
		if got := step(test[0], test[1]); got != test[2] {
			t.Errorf("%d seconds in %d points: steps of %d, want %d", test[0], test[1], got, test[2])
		}
	}
}

// TestHTMLGolden holds the page against a file; our own scripts and styles and the points of the charts are left out.
func TestHTMLGolden(t *testing.T) {
	page := html(t, timed(leaking(), 3))
	golden(t, "html-leak", points.ReplaceAllString(ours.ReplaceAllString(page, ""), "$1</script>"))
}

func TestHTMLTellsWhenItCantWrite(t *testing.T) {
	if err := HTML(&brokenPipe{900}, leaking()); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
}

func unescaped(t *testing.T, fragment string) string {
	t.Helper()
	text, err := url.PathUnescape(fragment)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
