package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/engardehq/bulkhead/internal/result"
)

// full is a run with something of everything that formats tell; spoil makes it another.
func full(spoil func(*result.Run)) *result.Document {
	r := healthy()
	r.Load.Ops = r.Load.Ops[:1]
	op := &r.Load.Ops[0]
	op.Judged = []result.Objective{{Name: "response p95", Status: result.Pass, Why: "p95 3.5 to 4.5 ms is within 50 ms"}, {Name: "errors", Status: result.Pass, Why: "0 of 3050 executions failed"}}
	op.Windows = []result.Window{{Second: 0, Count: 1500, P95: 4.25, Max: 9}, {Second: 1}, {Second: 2, Count: 1550, P95: 4, Max: 16}}
	r.Load.MeasuredSeconds = 45
	r.Objectives.Judged = []result.Objective{{Name: "drops", Status: result.Pass, Why: "0 of 13509 executions were dropped or never came back"}}
	r.Load.Tenants, r.Load.CacheHits = &result.Tenants{Served: 200, Fairness: 0.97}, &result.CacheHits{Hits: 912, Misses: 88}
	r.Observed = &result.Observed{Samples: 44, IntervalLog: "latency.hlog"}
	web := result.Op{Name: "langflow_list", Count: 2, TargetMillis: 250, ResponseMs: result.Distribution{P50: 30, P90: 240, P95: 244, P99: 284, Max: 292}, Verdict: result.Pass, Why: "it held",
		Windows: []result.Window{{Second: 0, Count: 2, Errors: 1, P95: 244, Max: 292}}, Errors: 1, ErrorsByClass: map[string]int64{`HTTP "500"`: 1}}
	r.HTTP = &result.HTTP{Scenario: result.Scenario{Model: result.Open}, Load: result.Load{Offered: 3, Completed: 3, MeasuredSeconds: 30, Ops: []result.Op{web}},
		Isolation: result.Isolation{Bodies: 3, RowsChecked: 40, Reaching: 1, UpperBound: 0.95, Verdict: result.Pass}, Observed: &result.Observed{IntervalLog: "latency-http.hlog"}}
	r.Faults = []result.Disturbance{{Fault: "redis_restart", Doc: "Redis is restarted", AtSeconds: 5, StartedSeconds: 5, BackSeconds: 5.5, Done: true}}
	r.Checks = []result.Check{
		{Channel: "S04", How: result.ByCatalog, Name: "s04_no_row_security", Doc: "every table has row security", Units: 171, Status: result.Pass, Seconds: 0.01},
		{Channel: "S04", How: result.ByLoad, Name: "load", Doc: "rows of executions", Units: 1350, UpperBound: 0.0022, Status: result.Pass},
		{Channel: "C08", How: result.ByLoad, Name: "load", Doc: "answers", Units: 13, UpperBound: 0.2, Status: result.Pass},
		{Channel: "C08", How: result.ByLoad, Name: "load", Doc: "answers", Units: 3, UpperBound: 0.6, Status: result.Pass},
		{Channel: "R01", How: result.ByProbe, Name: "cache", Doc: "keys", Status: result.NotChecked, Why: "there is no Redis", Lacks: "redis"},
	}
	r.Findings = []result.Finding{{Channel: "A04", Severity: result.Note, What: "bad input makes the service fail", Where: "backend", Count: 2,
		Evidence: []result.Evidence{{Detail: "GET /api with a NUL byte \x00 answers 500"}}}}
	spoil(r)
	return &result.Document{Kind: result.KindRun, Doc: r, Name: "run.json"}
}

// documents are the cases of every format that has something to say of their kind.
func documents() map[string]*result.Document {
	leak := func(r *result.Run) {
		l := leaking()
		r.Verdict, r.ExitCode, r.Reasons, r.Isolation = l.Verdict, l.ExitCode, l.Reasons, l.Isolation
		r.Findings = append(l.Findings, result.Finding{Channel: "S04", Severity: result.Weakness, What: "public.ads, public.leads: row security is off", Where: "public.ads, public.leads, engarde_user",
			Count: 2, Fix: `ALTER TABLE "public"."ads" ENABLE ROW LEVEL SECURITY; -- not ]]> nor ` + "```"})
		r.Checks[0].Status, r.Checks[0].Hits = result.Fail, 2
	}
	missed := func(r *result.Run) {
		why := "campaign_load: p95 61 to 70 ms is over 50 ms"
		r.Verdict, r.ExitCode, r.Reasons = result.Fail, 3, []result.Reason{{Status: result.Fail, ExitCode: 3, What: why}}
		r.Load.Ops[0].Verdict, r.Load.Ops[0].Judged[0] = result.Fail, result.Objective{Name: "response p95", Status: result.Fail, Why: why}
	}
	unknown := func(r *result.Run) {
		r.Verdict, r.ExitCode = result.Unknown, 4
		r.Reasons = []result.Reason{{Status: result.Unknown, ExitCode: 4, What: "no row came back, so nothing is known of isolation"}}
		r.Load, r.HTTP, r.Observed = result.Load{Ops: []result.Op{{Name: "tenant_flows", TargetMillis: 50, Verdict: result.Unknown, Why: "no sample"},
			{Name: "flow_save", TargetMillis: 50, Verdict: result.NotChecked, Why: "needs langflow, which is not there", Lacks: "langflow"}}}, nil, nil
		r.Isolation = result.Isolation{Verdict: result.Unknown}
		r.Checks[0].Status, r.Checks[0].Why = result.Unknown, "permission denied"
		r.Faults[0].Done, r.Faults[0].Error = false, "Redis isn't up"
		r.Objectives.Judged = nil
	}
	return map[string]*result.Document{
		"healthy": full(func(*result.Run) {}), "leak": full(leak), "missed": full(missed), "unknown": full(unknown),
		"audit":  {Kind: result.KindAudit, Doc: audited(), Name: "audit.json"},
		"attack": {Kind: result.KindAttack, Doc: attacked(), Name: "attack.json"},
		"drill": {Kind: result.KindDrill, Name: "drill.json", Doc: &result.Drill{Version: "v0.1.0", Target: "engarde", Seed: 1, Seconds: 301.4, Verdict: result.Fail, ExitCode: 1, Mutants: 2, Killed: 1,
			KilledByIntended: 1, Equivalent: 1, Survived: []string{"S06-like"}, Reasons: []result.Reason{{Status: result.Fail, ExitCode: 1, What: "S06-like survived"}},
			Results: []result.Drilled{
				{ID: "baseline before", Outcome: result.Silent},
				{ID: "S04-disabled", Channel: "S04", Scope: "database", Doc: "row security off", Outcome: result.KilledByIntended, Detectors: []result.Detector{{Detector: "audit", Channel: "S04", Finding: "off"}}},
				{ID: "S06-like", Channel: "S06", Scope: "database", Doc: "compared by LIKE", Outcome: result.Survived},
				{ID: "C07-x", Channel: "C07", Scope: "pooler", Outcome: result.Unjudged, Why: "the pooler went away"},
				{ID: "W01-eq", Channel: "W01", Scope: "database", Doc: "without WITH CHECK", Outcome: result.IsEquivalent, Why: "USING is the check"},
			}}},
	}
}

// Every format says something of every kind that it is promised for, the same each time, and tells when it can't write.
func TestFormats(t *testing.T) {
	written := 0
	for _, f := range Formats {
		if f.Name == "terminal" || f.Name == "hlog" || f.Name == "html" { // have tests of their own
			continue
		}
		for name, d := range documents() {
			if !slices.Contains(f.Kinds, d.Kind) {
				if _, err := FormatNamed(f.Name, d.Kind); err == nil || f.Write(io.Discard, d) == nil {
					t.Errorf("%s of %s is written", f.Name, name)
				}
				continue
			}
			var once, again bytes.Buffer
			if err := errors.Join(f.Write(&once, d), f.Write(&again, d)); err != nil {
				t.Errorf("%s of %s: %v", f.Name, name, err)
				continue
			}
			if once.String() != again.String() {
				t.Errorf("%s of %s is another the second time", f.Name, name)
			}
			if err := f.Write(&brokenPipe{20}, d); !errors.Is(err, errBroken) {
				t.Errorf("%s of %s into a broken pipe: %v", f.Name, name, err)
			}
			if f.Name != "json" && (f.Name != "csv" || name == "healthy") { // the others are package json's, and the same
				golden(t, "format-"+f.Name+"-"+name, once.String())
			}
			written++
		}
	}
	if written < 25 {
		t.Errorf("only %d were written", written)
	}
}

func TestFormatsByName(t *testing.T) {
	if f, err := FormatNamed("junit", result.KindDrill); err != nil || f.Name != "junit" {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := FormatNamed("pdf", result.KindRun); err == nil || !strings.Contains(err.Error(), "terminal, json, junit") {
		t.Errorf("%v", err)
	}
	if _, err := FormatNamed("csv", result.KindAudit); err == nil || !strings.Contains(err.Error(), "csv says nothing of a document of audit; one of terminal, json, junit, sarif, markdown, prometheus does") {
		t.Errorf("%v", err)
	}
}

func TestJSONIsTheDocument(t *testing.T) {
	d := documents()["leak"]
	var out bytes.Buffer
	if err := asJSON(&out, d); err != nil {
		t.Fatal(err)
	}
	saved, err := json.MarshalIndent(d.Doc, "", "  ") // as result saves it
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(saved)+"\n" {
		t.Error("it isn't what a run writes")
	}
	out.Reset()
	d.Raw = []byte("{\"of a later version\": 1}\n")
	if err := asJSON(&out, d); err != nil || out.String() != string(d.Raw) {
		t.Errorf("what was read is written as %s, %v", out.String(), err)
	}
}

func TestCSVOfWindows(t *testing.T) {
	var out bytes.Buffer
	if err := CSV(&out, documents()["healthy"]); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\r\n"); n != strings.Count(out.String(), "\n") || n != 5 {
		t.Errorf("%d lines end as RFC 4180 says", n)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[2], ","); got != "database,campaign_load,1,0,0,," {
		t.Errorf("a second without an answer: %s", got)
	}
	if got := strings.Join(rows[4], ","); got != "http,langflow_list,0,2,1,244,292" {
		t.Errorf("%s", got)
	}
}

func TestPrometheusIsReadByItsOwnParser(t *testing.T) {
	for name, d := range documents() {
		var out bytes.Buffer
		if err := Prometheus(&out, d); err != nil {
			t.Fatal(err)
		}
		problems, err := promlint.New(bytes.NewReader(out.Bytes())).Lint()
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", name, problems, err)
		}
		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, err := parser.TextToMetricFamilies(&out)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range families {
			series := map[string]bool{}
			for _, m := range f.Metric {
				if math.IsNaN(m.GetGauge().GetValue()) || series[labelsOf(m)] {
					t.Errorf("%s: %s{%s} twice, or no number", name, f.GetName(), labelsOf(m))
				}
				series[labelsOf(m)] = true
			}
		}
		if name == "unknown" {
			if gaugeOf(families["bulkhead_verdict"], "status=unknown") != 1 || gaugeOf(families["bulkhead_verdict"], "status=pass") != 0 {
				t.Error("an unknown run doesn't look like one")
			}
			if families["bulkhead_operation_latency_seconds"] != nil {
				t.Error("latencies of what had no answer")
			}
		}
		if name == "healthy" {
			if v := gaugeOf(families["bulkhead_operation_latency_seconds"], "from=due load=database operation=campaign_load percentile=95"); v != 0.00404 {
				t.Errorf("p95 of 4.04 ms is %v", v)
			}
		}
	}
}

func labelsOf(m *dto.Metric) string {
	var all []string
	for _, l := range m.Label {
		all = append(all, l.GetName()+"="+l.GetValue())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func gaugeOf(f *dto.MetricFamily, of string) float64 {
	for _, m := range f.GetMetric() {
		if labelsOf(m) == of {
			return m.GetGauge().GetValue()
		}
	}
	return math.NaN()
}
