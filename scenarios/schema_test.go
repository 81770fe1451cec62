package scenarios

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything has each field that a scenario may have; three files, because a
// load has one shape.
var everything = []string{
	`name: all
doc: text
target: engarde
seed: 3
tenants: 1_000
rows: 1_000_000
tables: {langflow.transaction: 100_000}
zipf: 1.2
largest_tenant: 5.5%
load:
  stages: [{from: 1/s, to: 10.5/s, over: 1m30s}, {at: 60/min, for: 5s}]
  arrivals: constant
  warmup: 0s
  connections: 3
  workers: 4
  pipelined: false
  through: direct
  reach: 5 %
  tenants: {hot: 3, share: 80%}
  mix: {tenant_flows: 1.5}
  fail_fast: true
objectives:
  response_p95: 50ms
  service_p95: 2.5ms
  errors: 0%
  drops: 0
  cache_hit: 90%
  pool_use: 80%
  ops: {tenant_flows: {response_p95: 1s, service_p95: 1s, errors: 1%}, backend_dashboard: {response_p95: 1s}}
langflow_users: 5
http:
  rate: 10/s
  arrivals: constant
  warmup: 0s
  duration: 2s
  connections: 3
  workers: 4
  reach: 5 %
  tenants: zipf
  mix: {backend_dashboard: 1.5}
  fail_fast: true
  faults: [{fault: network_slow, at: 1s, for: 1s, delay: 1ms}]
without: [langflow]
faults: [{fault: network_slow, at: 1s, for: 1s, delay: 1ms}]
`,
	strings.Replace(smallest, "rate: 10/s", "users: 20\n  think: 100ms\n  tenants: zipf", 1),
	smallest,
	smallest + "  ops: {backend_dashboard: {response_p95: 1s}}\nhttp:\n  stages: [{from: 1/s, to: 2/s, over: 3s}]\n  tenants: {hot: 3, share: 80%}\n  mix: {backend_dashboard: 1}\n",
	smallest + "  ops: {backend_dashboard: {response_p95: 1s}}\nhttp:\n  users: 8\n  think: 1s\n  duration: 2s\n  mix: {backend_dashboard: 1}\n",
}

func allKnown() Known {
	k := known
	k.Faults = knownFaults
	return k
}

func TestSchemaTakesWhatTheLoaderTakes(t *testing.T) {
	texts := slices.Clone(everything)
	for _, name := range Shipped() {
		data, err := shipped.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	for i, text := range texts {
		if i < len(everything) {
			if _, err := Load("x.yaml", []byte(text), allKnown()); err != nil {
				t.Errorf("the loader refuses:\n%v\n%s", err, text)
			}
		}
		if err := AgainstSchema([]byte(text)); err != nil {
			t.Errorf("the schema refuses:\n%v\n%s", err, text)
		}
	}
}

// beyondSchema are the mistakes that need a comparison of fields, knowledge of
// the target, or arithmetic; the schema can't see them, the loader does.
var beyondSchema = []string{
	"rate of 0", "rate not finite", "huge rate", "short duration", "unknown operation", "objective of 0", "objective outside the mix",
	"no objective for an operation", "rows below tenants", "workers", "reach", "cap too low", "tables over rows", "pooler left out and used",
	"stage of no length", "stages too short", "users below connections", "all hot", "pool use over all", "unknown call", "query among calls", "call without a target of its own", "second document", "alias", "syntax",
	"bytes", "hexadecimal", "duplicate", "merge key",
}

func TestSchemaRefusesWhatTheLoaderRefuses(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range oneMistake {
		seen[c.name] = true
		err := AgainstSchema([]byte(strings.Replace(smallest, c.old, c.new, 1)))
		if err == nil && !slices.Contains(beyondSchema, c.name) {
			t.Errorf("%s: the schema takes it", c.name)
		}
	}
	for _, name := range beyondSchema {
		if !seen[name] {
			t.Errorf("%s is no case", name)
		}
	}
}

var opOf = regexp.MustCompile(`ops\.(tenant_flows|backend_dashboard)`)

var number = regexp.MustCompile(`\.\d+(\.|$)`)

// The fields of the loader and of the schema, and which of them are required.
func TestSchemaHasTheFieldsOfTheLoader(t *testing.T) {
	loader := map[string]map[string]bool{}
	for _, text := range everything {
		r := &reader{file: "x", lines: map[string]int{}, fields: map[string][]field{}}
		s := withDefaults()
		r.scenario(r.document([]byte(text)), &s, allKnown())
		if len(r.problems) > 0 {
			t.Fatal(r.problems)
		}
		for path, fields := range r.fields {
			path = number.ReplaceAllString(opOf.ReplaceAllString(path, "ops.*"), ".*$1")
			loader[path] = map[string]bool{}
			for _, f := range fields {
				loader[path][f.name] = f.required
			}
		}
	}
	var root map[string]any
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	inSchema := map[string]map[string]bool{}
	walk(root, root, "", inSchema)
	if diff := cmp.Diff(loader, inSchema); diff != "" {
		t.Errorf("(-loader +schema):\n%s", diff)
	}
	if len(loader) < 7 {
		t.Errorf("only %v was read", slices.Sorted(maps.Keys(loader)))
	}
}

// walk notes the fields of each object of a schema that names its fields.
func walk(root, s map[string]any, path string, out map[string]map[string]bool) {
	if ref, ok := s["$ref"].(string); ok {
		walk(root, root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any), path, out)
	}
	for _, key := range []string{"oneOf", "allOf"} {
		for _, one := range list(s[key]) {
			walk(root, one, path, out)
		}
	}
	if items, ok := s["items"].(map[string]any); ok {
		walk(root, items, join(path, "*"), out)
	}
	if values, ok := s["additionalProperties"].(map[string]any); ok {
		walk(root, values, join(path, "*"), out)
	}
	properties, _ := s["properties"].(map[string]any)
	if s["type"] != "object" || len(properties) == 0 {
		return // what only narrows another object
	}
	out[path] = map[string]bool{}
	for name, sub := range properties {
		out[path][name] = false
		walk(root, sub.(map[string]any), join(path, name), out)
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		out[path][name.(string)] = true
	}
}

func list(v any) (out []map[string]any) {
	all, _ := v.([]any)
	for _, one := range all {
		out = append(out, one.(map[string]any))
	}
	return out
}

// A schema that no field of can be described to a person is half a schema.
func TestSchemaDescribesItsFields(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	for name, sub := range root["$defs"].(map[string]any)["load"].(map[string]any)["properties"].(map[string]any) {
		if text, _ := sub.(map[string]any)["description"].(string); text == "" {
			t.Errorf("load.%s has no description", name)
		}
	}
}
