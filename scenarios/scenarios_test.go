package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/sql"
)

// known are the operations that ship, by the names of their files.
var known = func() (k Known) {
	files, err := fs.Glob(sql.FS, "ops/*.yaml")
	if err != nil || len(files) == 0 {
		panic("no operations in sql/ops")
	}
	for _, f := range files {
		k.Ops = append(k.Ops, strings.TrimSuffix(path.Base(f), ".yaml"))
	}
	calls, err := fs.Glob(fixtures.FS, "engarde/ops/*.yaml")
	if err != nil || len(calls) == 0 {
		panic("no operations in fixtures/engarde/ops")
	}
	for _, f := range calls {
		k.HTTPOps = append(k.HTTPOps, strings.TrimSuffix(path.Base(f), ".yaml"))
	}
	return k
}()

const smallest = `name: small
target: engarde
tenants: 20
rows: 1000
load:
  rate: 10/s
  duration: 2s
  mix: {tenant_flows: 1}
objectives:
  response_p95: 50ms
`

// Those that name faults or other operations are loaded where these are known:
// in the tests of the command line.
func TestShippedScenariosLoad(t *testing.T) {
	for _, name := range []string{"closed", "default", "hot", "http", "quick", "ramp", "spike"} {
		s, err := Open(name, known)
		if err != nil {
			t.Fatalf("%s:\n%v", name, err)
		}
		if s.Name != name || s.Doc == "" {
			t.Errorf("%s.yaml names itself %q, doc %q", name, s.Name, s.Doc)
		}
	}
}

func TestDefaultScenario(t *testing.T) {
	got, err := Open("default", known)
	if err != nil {
		t.Fatal(err)
	}
	want := Scenario{
		Name: "default", Doc: got.Doc, Target: "engarde", Seed: 1, Tenants: 200, Rows: 1_000_000,
		Tables: map[string]int64{"langflow.transaction": 100_000}, Zipf: 1.1, LargestTenant: 0.05, LangflowUsers: 20,
		Load: Traffic{
			Rate: 300, Arrivals: Poisson, WarmUp: 5 * time.Second, Duration: 45 * time.Second, Connections: 16, Workers: 64,
			Pipelined: true, Through: PgBouncer, Reach: 0.1, Tenants: TenantChoice{Spread: Uniform},
			Mix: map[string]float64{"campaign_load": 1, "tenant_flows": 1, "request_flow": 1, "campaign_write": 1, "campaign_workflows": 1,
				"workflow_analytics": 1, "flow_save": 1, "audit_write": 1, "cached_flows": 1},
		},
		HTTP: &Phase{Traffic: Traffic{
			Rate: 68, Arrivals: Poisson, WarmUp: 3 * time.Second, Duration: 30 * time.Second, Connections: 8, Workers: 64, Reach: 0.1,
			Tenants: TenantChoice{Spread: Uniform},
			Mix:     map[string]float64{"backend_campaigns": 25, "backend_dashboard": 25, "backend_flows": 10, "langflow_list": 5, "langflow_run": 3},
		}},
		Objectives: Objectives{ResponseP95: 50 * time.Millisecond, Errors: 0.001, Ops: map[string]Objective{
			"backend_campaigns": {ResponseP95: 100 * time.Millisecond}, "backend_dashboard": {ResponseP95: 100 * time.Millisecond},
			"backend_flows": {ResponseP95: 100 * time.Millisecond},
			"langflow_list": {ResponseP95: 500 * time.Millisecond}, "langflow_run": {ResponseP95: time.Second},
		}},
		Attack: Pairs, Audit: true, Removal: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOptionalFields(t *testing.T) {
	got, err := Load("x.yaml", []byte(smallest+`  ops:
    tenant_flows: {response_p95: 5ms}
seed: 18446744073709551615
zipf: 0
largest_tenant: 12.5%
without: [langflow, redis]
attack: none
audit: false
`), known)
	if err != nil {
		t.Fatal(err)
	}
	want := Scenario{
		Name: "small", Target: "engarde", Seed: 1<<64 - 1, Tenants: 20, Rows: 1000, Zipf: 0, LargestTenant: 0.125, LangflowUsers: 20,
		Load: withDefaults().Load,
		Objectives: Objectives{
			ResponseP95: 50 * time.Millisecond,
			Errors:      0.001,
			Ops:         map[string]Objective{"tenant_flows": {ResponseP95: 5 * time.Millisecond}},
		},
		Without: []string{"langflow", "redis"},
		Attack:  NoAttack,
	}
	want.Load.Rate, want.Load.Duration, want.Load.Mix = 10, 2*time.Second, map[string]float64{"tenant_flows": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := got.Objectives.For("tenant_flows").ResponseP95; got != 5*time.Millisecond {
		t.Errorf("own objective %s, want 5ms", got)
	}
	if got := got.Objectives.For("campaign_load").ResponseP95; got != 50*time.Millisecond {
		t.Errorf("common objective %s, want 50ms", got)
	}
}

func TestShapes(t *testing.T) {
	second := time.Second
	for name, c := range map[string]struct {
		text string
		want func(l *Traffic)
	}{
		"stages": {"stages: [{at: 100/s, for: 5s}, {to: 300/s, over: 10s}, {at: 900/s, for: 1500ms}, {from: 10/s, to: 50/s, over: 1s}]", func(l *Traffic) {
			l.Duration = 17*second + 500*time.Millisecond
			l.Stages = []Stage{{100, 100, 5 * second}, {100, 300, 10 * second}, {900, 900, 1500 * time.Millisecond}, {10, 50, second}}
		}},
		"a ramp first": {"stages: [{from: 1/s, to: 60/min, over: 2s}]", func(l *Traffic) { l.Duration, l.Stages = 2*second, []Stage{{1, 1, 2 * second}} }},
		"users": {"users: 5\n  duration: 2s\n  think: 100ms", func(l *Traffic) {
			l.Duration, l.Users, l.Workers, l.Connections, l.Think, l.Arrivals = 2*second, 5, 5, 5, 100*time.Millisecond, ""
		}},
		"many users":   {"users: 50\n  duration: 2s\n  connections: 3", func(l *Traffic) { l.Duration, l.Users, l.Workers, l.Connections, l.Arrivals = 2*second, 50, 50, 3, "" }},
		"zipf":         {"rate: 10/s\n  duration: 2s\n  tenants: zipf", func(l *Traffic) { l.Rate, l.Duration, l.Tenants = 10, 2*second, TenantChoice{Spread: Zipf} }},
		"hot":          {"rate: 10/s\n  duration: 2s\n  tenants: {hot: 3, share: 80%}", func(l *Traffic) { l.Rate, l.Duration, l.Tenants = 10, 2*second, TenantChoice{Hot, 3, 0.8} }},
		"fail at once": {"rate: 10/s\n  duration: 2s\n  fail_fast: true", func(l *Traffic) { l.Rate, l.Duration, l.FailFast = 10, 2*second, true }},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Load("x.yaml", []byte(strings.Replace(smallest, "rate: 10/s\n  duration: 2s", c.text, 1)), known)
			if err != nil {
				t.Fatal(err)
			}
			want := withDefaults().Load
			want.Mix = map[string]float64{"tenant_flows": 1}
			c.want(&want)
			if diff := cmp.Diff(want, got.Load); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestObjectives(t *testing.T) {
	got, err := Load("x.yaml", []byte(smallest+`  service_p95: 20ms
  errors: 1%
  drops: 5
  cache_hit: 90%
  pool_use: 80%
  ops: {tenant_flows: {errors: 0%, service_p95: 3ms}}
`), known)
	if err != nil {
		t.Fatal(err)
	}
	zero, one, eighty, ninety := 0.0, 0.01, 0.8, 0.9
	ms := time.Millisecond
	want := Objectives{ResponseP95: 50 * ms, ServiceP95: 20 * ms, Errors: one, Drops: 5, CacheHit: &ninety, PoolUse: &eighty,
		Ops: map[string]Objective{"tenant_flows": {ServiceP95: 3 * ms, Errors: &zero}}}
	if diff := cmp.Diff(want, got.Objectives); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Objective{50 * ms, 3 * ms, &zero}, got.Objectives.For("tenant_flows")); diff != "" {
		t.Errorf("its own (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Objective{50 * ms, 20 * ms, &one}, got.Objectives.For("campaign_load")); diff != "" {
		t.Errorf("another's (-want +got):\n%s", diff)
	}
}

func TestEmptyFiles(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# nothing but a remark\n", "---\n", "null\n", "{}\n", "text", "[1, 2]"} {
		var bad *InvalidError
		if _, err := Load("x.yaml", []byte(text), known); !errors.As(err, &bad) || len(bad.Problems) == 0 || bad.Problems[0].Line != 1 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestBombsEndAtOnce(t *testing.T) {
	bomb := "a: &a [1,1,1,1,1,1,1,1,1]\n"
	for c := 'b'; c <= 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	for name, text := range map[string]string{
		"aliases": bomb, "itself": "a: &a {b: *a}\n", "deep": strings.Repeat("[", 100_000), "deep mapping": strings.Repeat("{a: ", 9_000),
		"large": strings.Repeat("a: 1\n", 1_000_000), "many keys": strings.Repeat("? a\n", 50_000),
	} {
		start := time.Now()
		_, err := Load("x.yaml", []byte(text), known)
		if took := time.Since(start); err == nil || took > 5*time.Second {
			t.Errorf("%s: error %v after %s", name, err != nil, took)
		}
	}
}

func TestOpen(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "mine.yaml")
	if err := os.WriteFile(file, []byte(smallest), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(file, known); err != nil || s.Name != "small" {
		t.Errorf("by path: %q, %v", s.Name, err)
	}
	for name, want := range map[string]string{
		"defualt":                          `defualt: no scenario of this name ships with bulkhead (did you mean "default"?); there are: ` + strings.Join(Shipped(), ", "),
		"":                                 "there are: backup, closed, default, ",
		filepath.Join(folder, "none.yaml"): "none.yaml: no such file",
		folder + "/":                       "can't be read: is a directory",
	} {
		var bad *InvalidError
		_, err := Open(name, known)
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want in it %s", name, err, want)
		}
	}
	if _, err := Open(filepath.Join(folder, "none.yaml"), known); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the reason is lost: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	for _, name := range Shipped() {
		data, err := shipped.ReadFile(name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, text := range everything {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := Load("fuzz.yaml", data, allKnown())
		if err == nil {
			if err := AgainstSchema(data); err != nil {
				t.Fatalf("the loader takes it, the schema doesn't: %v", err)
			}
			return
		}
		var bad *InvalidError
		if !errors.As(err, &bad) || len(bad.Problems) == 0 {
			t.Fatalf("error without a problem: %v", err)
		}
		for _, p := range bad.Problems {
			if p.Line < 1 || p.Problem == "" || p.File != "fuzz.yaml" {
				t.Fatalf("problem without a place: %+v", p)
			}
		}
		if !slices.IsSortedFunc(bad.Problems, func(a, b Problem) int { return a.Line - b.Line }) {
			t.Fatalf("not sorted by line: %v", bad.Problems)
		}
	})
}
