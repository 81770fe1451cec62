package scenarios

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each case changes one thing of the smallest valid scenario.
var oneMistake = []struct{ name, old, new, want string }{
	{"rate without unit", "10/s", "10", "x.yaml:6: load.rate: 10 has no unit: add /s, /min or /h, for example 300/s"},
	{"rate unit", "10/s", "10/sec", `x.yaml:6: load.rate: "10/sec" has an unknown unit: use /s`},
	{"rate of 0", "10/s", "0/s", "x.yaml:6: load.rate: 0/s is no load"},
	{"rate not finite", "10/s", "nan/s", `x.yaml:6: load.rate: "nan/s" does not begin with a number`},
	{"rate type", "10/s", "true", "x.yaml:6: load.rate: true or false given where a rate such as 300/s is wanted"},
	{"negative rate", "10/s", "-1/s", "x.yaml:6: load.rate: -1/s is no load"},
	{"huge rate", "10/s", "1e9/s", "x.yaml:6: load.rate: 1e9/s is more than"},
	{"duration without unit", "2s", "2", "x.yaml:7: load.duration: 2 has no unit: add ns, us"},
	{"zero without unit", "2s", "0", "x.yaml:7: load.duration: 0 has no unit"},
	{"negative duration", "2s", "-2s", "x.yaml:7: load.duration: -2s is negative"},
	{"short duration", "2s", "20ms", "x.yaml:7: load.duration: 20ms is shorter than one window"},
	{"empty mix", "{tenant_flows: 1}", "{}", "x.yaml:8: load.mix: is empty: name at least one operation"},
	{"no mix", "{tenant_flows: 1}", "", "x.yaml:8: load.mix: nothing given where fields are wanted"},
	{"unknown operation", "{tenant_flows: 1}", "{tenant_flow: 1}", `x.yaml:8: load.mix.tenant_flow: unknown operation "tenant_flow" (did you mean "tenant_flows"?); valid: audit_write, cached_flows`},
	{"weight of 0", "{tenant_flows: 1}", "{tenant_flows: 0}", "x.yaml:8: load.mix.tenant_flows: 0 must be above 0"},
	{"weight as text", "{tenant_flows: 1}", "{tenant_flows: much}", "x.yaml:8: load.mix.tenant_flows: text given where a number is wanted"},
	{"objective without unit", "50ms", "50", "x.yaml:10: objectives.response_p95: 50 has no unit"},
	{"objective of 0", "50ms", "0ms", "x.yaml:10: objectives.response_p95: 0ms can't be held"},
	{"objective outside the mix", "50ms", "50ms\n  ops: {campaign_load: {response_p95: 1ms}}", "x.yaml:11: objectives.ops.campaign_load: is not in load.mix"},
	{"no objective for an operation", "response_p95: 50ms", "ops: {}", "x.yaml:9: objectives.response_p95: is missing, and tenant_flows has none"},
	{"one tenant", "tenants: 20", "tenants: 1", "x.yaml:3: tenants: 1 is outside 2 to 1000000"},
	{"quoted number", "tenants: 20", `tenants: "20"`, "x.yaml:3: tenants: text given where a whole number is wanted"},
	{"fraction", "tenants: 20", "tenants: 20.5", "x.yaml:3: tenants: 20.5 is not a whole number"},
	{"hexadecimal", "tenants: 20", "tenants: 0x20", "x.yaml:3: tenants: 0x20 is not a whole number in decimal"},
	{"unknown field", "tenants: 20", "tenants: 20\nrowz: 3", `x.yaml:4: rowz: unknown field "rowz" (did you mean "rows"?); valid: attack, audit, backup, doc, faults, http, langflow_users, largest_tenant,`},
	{"unknown field below", "rate: 10/s", "rate: 10/s\n  workerz: 3", `x.yaml:7: load.workerz: unknown field "workerz" (did you mean "workers"?)`},
	{"merge key", "tenants: 20", "tenants: 20\n<<: {rows: 3}", `x.yaml:4: <<: unknown field "<<"`},
	{"duplicate", "tenants: 20", "tenants: 20\nname: again", "x.yaml:4: name: given twice, first in line 1: keep one"},
	{"missing field", "rows: 1000\n", "", "x.yaml:1: rows: is missing"},
	{"rows below tenants", "rows: 1000", "rows: 10", "x.yaml:4: rows: 10 rows leave some of the 20 tenants without any"},
	{"name", "name: small", "name: A b", `x.yaml:1: name: "A b" must be of a-z`},
	{"workers", "rate: 10/s", "rate: 10/s\n  workers: 4", "x.yaml:7: load.workers: 4 workers can't keep 16 connections busy"},
	{"reach", "rate: 10/s", "rate: 10/s\n  reach: 101%", "x.yaml:7: load.reach: 101% is outside 0% to 100%"},
	{"reach without unit", "rate: 10/s", "rate: 10/s\n  reach: 0.1", "x.yaml:7: load.reach: 0.1 has no unit: add %, for example 10%"},
	{"arrivals", "rate: 10/s", "rate: 10/s\n  arrivals: poison", `unknown choice "poison" (did you mean "poisson"?); valid: constant, poisson`},
	{"list for a mapping", "objectives:\n  response_p95: 50ms", "objectives: [1]", "x.yaml:9: objectives: a list given where fields are wanted"},
	{"service", "rows: 1000", "rows: 1000\nwithout: [langflo]", `x.yaml:5: without.0: unknown service "langflo" (did you mean "langflow"?)`},
	{"service twice", "rows: 1000", "rows: 1000\nwithout: [redis, redis]", "x.yaml:5: without.1: redis is listed twice"},
	{"pooler left out and used", "rows: 1000", "rows: 1000\nwithout: [pgbouncer]", "load.through: goes through pgbouncer, which"},
	{"cap too low", "rows: 1000", "rows: 1000\nlargest_tenant: 4%", "x.yaml:5: largest_tenant: with 20 tenants one of them holds at least 5%"},
	{"table name", "rows: 1000", "rows: 1000\ntables: {flow: 3}", "x.yaml:5: tables.flow: name the table with its schema"},
	{"tables over rows", "rows: 1000", "rows: 1000\ntables: {langflow.flow: 1001}", "x.yaml:5: tables: the tables' totals come to 1001 rows"},
	{"second document", "rows: 1000", "rows: 1000\n---\nname: x", "x.yaml:5: a second document begins here"},
	{"alias", "rows: 1000", "rows: &r 1000\nseed: *r", "x.yaml:4: the anchor &r is not allowed"},
	{"syntax", "rows: 1000", "rows: [1000", "x.yaml:4: is not valid YAML: "},
	{"two shapes", "rate: 10/s", "rate: 10/s\n  users: 3", "x.yaml:7: load.users: a load has one shape, and rate is given too: keep one of rate, users"},
	{"no shape", "rate: 10/s", "warmup: 1s", "x.yaml:6: load.rate: is missing: give a rate and a duration, or stages, or users and a duration"},
	{"no duration", "duration: 2s", "warmup: 1s", "x.yaml:6: load.duration: is missing"},
	{"stages and duration", "rate: 10/s", "stages: [{at: 10/s, for: 2s}]", "x.yaml:7: load.duration: follows from the stages: remove it"},
	{"no stages", "rate: 10/s", "stages: []", "x.yaml:6: load.stages: a list of stages is wanted"},
	{"stages as a mapping", "rate: 10/s", "stages: {at: 10/s, for: 2s}", "x.yaml:6: load.stages: a list of stages is wanted"},
	{"stage without a start", "rate: 10/s", "stages: [{to: 10/s, over: 2s}]", "x.yaml:6: load.stages.0.from: is missing: no stage before"},
	{"stage of both kinds", "rate: 10/s", "stages: [{at: 10/s, over: 2s}]", "x.yaml:6: load.stages.0: a stage either stays, {at: 300/s, for: 10s}, or goes"},
	{"stage that is a rate", "rate: 10/s", "stages: [10/s]", "x.yaml:6: load.stages.0: text given where fields are wanted"},
	{"stage of no length", "rate: 10/s", "stages: [{at: 10/s, for: 0s}]", "x.yaml:6: load.stages.0.for: a stage of no length"},
	{"stages too short", "rate: 10/s", "stages: [{at: 10/s, for: 20ms}]", "x.yaml:6: load.stages: take 20ms in all"},
	{"a rate in a second stage", "rate: 10/s", "stages: [{at: 10/s, for: 2s}, {to: 20, over: 1s}]", "x.yaml:6: load.stages.1.to: 20 has no unit"},
	{"think without users", "rate: 10/s", "rate: 10/s\n  think: 1s", "x.yaml:7: load.think: is for a load of users"},
	{"arrivals of users", "rate: 10/s", "users: 20\n  arrivals: poisson", "x.yaml:7: load.arrivals: is for a rate or stages"},
	{"workers of users", "rate: 10/s", "users: 20\n  workers: 20", "x.yaml:7: load.workers: is for a rate or stages"},
	{"users below connections", "rate: 10/s", "users: 2\n  connections: 3", "x.yaml:7: load.connections: 2 users can't keep 3 connections busy"},
	{"no users", "rate: 10/s", "users: 0", "x.yaml:6: load.users: 0 is outside 1 to 10000"},
	{"tenants", "rate: 10/s", "rate: 10/s\n  tenants: zip", `x.yaml:7: load.tenants: unknown choice "zip" (did you mean "zipf"?); valid: uniform, zipf`},
	{"hot alone", "rate: 10/s", "rate: 10/s\n  tenants: hot", "x.yaml:7: load.tenants: say how many tenants are hot and what share of the load they get: {hot: 3, share: 80%}"},
	{"hot without share", "rate: 10/s", "rate: 10/s\n  tenants: {hot: 3}", "x.yaml:7: load.tenants.share: is missing"},
	{"all hot", "rate: 10/s", "rate: 10/s\n  tenants: {hot: 20, share: 50%}", "x.yaml:7: load.tenants.hot: 20 of 20 tenants can't be hot"},
	{"empty objective", "50ms", "50ms\n  ops: {tenant_flows: {}}", "x.yaml:11: objectives.ops.tenant_flows: is empty: give one of response_p95, service_p95, errors"},
	{"errors without unit", "50ms", "50ms\n  errors: 0.1", "x.yaml:11: objectives.errors: 0.1 has no unit: add %"},
	{"negative drops", "50ms", "50ms\n  drops: -1", "x.yaml:11: objectives.drops: -1 is outside 0 to"},
	{"pool use over all", "50ms", "50ms\n  pool_use: 101%", "x.yaml:11: objectives.pool_use: 101% is outside 0% to 100%"},
	{"unknown call", "objectives:", "http: {rate: 1/s, duration: 1s, mix: {backend_dashbord: 1}}\nobjectives:", `x.yaml:9: http.mix.backend_dashbord: unknown operation "backend_dashbord" (did you mean "backend_dashboard"?)`},
	{"query among calls", "objectives:", "http: {rate: 1/s, duration: 1s, mix: {tenant_flows: 1}}\nobjectives:", `x.yaml:9: http.mix.tenant_flows: unknown operation "tenant_flows"`},
	{"call without a target of its own", "objectives:", "http: {rate: 1/s, duration: 1s, mix: {langflow_run: 1}}\nobjectives:", "x.yaml:9: http.mix.langflow_run: needs a target of its own, objectives.ops.langflow_run.response_p95"},
	{"pipelined calls", "objectives:", "http: {rate: 1/s, duration: 1s, pipelined: true, mix: {langflow_run: 1}}\nobjectives:", `x.yaml:9: http.pipelined: unknown field "pipelined"`},
	{"one user", "rows: 1000", "rows: 1000\nlangflow_users: 1", "x.yaml:5: langflow_users: 1 is outside 2 to 1000"},
	{"fail_fast", "rate: 10/s", "rate: 10/s\n  fail_fast: quickly", "x.yaml:7: load.fail_fast: text given where true or false is wanted"},
	{"bytes", "rows: 1000", "rows: \x01", "x.yaml:4: is not text in UTF-8 here"},
}

func TestOneMistake(t *testing.T) {
	for _, c := range oneMistake {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(smallest, c.old, c.new, 1)
			if text == smallest {
				t.Fatalf("%q is not in the scenario that the case changes", c.old)
			}
			_, err := Load("x.yaml", []byte(text), known)
			if err == nil {
				t.Fatalf("accepted:\n%s", text)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got:\n%v\nwant in it:\n%s", err, c.want)
			}
		})
	}
}

func TestAllMistakesInOnePassSortedByLine(t *testing.T) {
	_, err := Load("mine.yaml", []byte(`name: all
target: engarde
tenants: 1
rows: many
load:
  rate: 0/s
  duration: 40
  workers: 3
  reach: 200%
  mix: {campaign_lod: 1, tenant_flows: 1}
  speed: 3
objectives:
  response_p95: 50
  ops: {campaign_write: {response_p95: 50ms}}
without: langflow
tenants: 4
`), known)
	var bad *InvalidError
	if !errors.As(err, &bad) {
		t.Fatalf("error %T: %v", err, err)
	}
	var got []string
	for _, p := range bad.Problems {
		got = append(got, fmt.Sprintf("%d %s", p.Line, p.Field))
	}
	want := []string{
		"3 tenants", "4 rows", "6 load.rate", "7 load.duration", "8 load.workers", "9 load.reach", "10 load.mix.campaign_lod",
		"11 load.speed", "13 objectives.response_p95", "14 objectives.ops.campaign_write", "15 without", "16 tenants",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%v", diff, err)
	}
}
