package result

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write run.schema.json anew")

// enums are the values of this package's named strings.
var enums = map[reflect.Type][]any{
	reflect.TypeFor[Status]():   {Pass, Fail, Unknown, NotChecked},
	reflect.TypeFor[Severity](): {Leak, Weakness, Note},
	reflect.TypeFor[How]():      {ByCatalog, ByProbe, ByLoad, ByDrill},
	reflect.TypeFor[Model]():    {Open, Closed},
}

// generated is the schema of a run as the types are.
func generated(t *testing.T) []byte {
	t.Helper()
	r := &jsonschema.Reflector{AllowAdditionalProperties: true, Mapper: func(of reflect.Type) *jsonschema.Schema {
		if values, named := enums[of]; named {
			return &jsonschema.Schema{Type: "string", Enum: values}
		}
		return nil
	}}
	if err := r.AddGoComments("github.com/engardehq/bulkhead/internal/result", ".", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	// The library knows packages by their path, and comments by the path of their folder.
	for name, comment := range maps.Clone(r.CommentMap) {
		r.CommentMap["github.com/engardehq/bulkhead/internal/result"+name[strings.LastIndex(name, "/result")+len("/result"):]] = comment
	}
	s := r.ReflectFromType(reflect.TypeFor[Run]())
	s.ID = ""
	s.Title = "A run of bulkhead, schema version 1, as this version writes it; documents of older versions may lack what came later"
	nullable(t, s, reflect.TypeFor[Run](), map[reflect.Type]bool{})
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// nullable lets a list, map or pointer be null: package json writes so what is nil, and the library doesn't know.
func nullable(t *testing.T, root *jsonschema.Schema, of reflect.Type, done map[reflect.Type]bool) {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Array || of.Kind() == reflect.Map {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || of == reflect.TypeFor[time.Time]() || done[of] {
		return
	}
	done[of] = true
	definition := root.Definitions[of.Name()]
	if definition == nil {
		t.Fatalf("the schema has no definition of %s", of.Name())
	}
	for field := range of.Fields() {
		nullable(t, root, field.Type, done)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" || strings.Contains(options, "omitempty") {
			continue
		}
		if kind := field.Type.Kind(); kind != reflect.Slice && kind != reflect.Map && kind != reflect.Pointer {
			continue
		}
		was, there := definition.Properties.Get(name)
		if !there {
			t.Fatalf("the schema has no %s of %s", name, of.Name())
		}
		description := was.Description
		was.Description = ""
		definition.Properties.Set(name, &jsonschema.Schema{Description: description, AnyOf: []*jsonschema.Schema{was, {Type: "null"}}})
	}
}

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	want := generated(t)
	if *update {
		if err := os.WriteFile("run.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(Schema())); diff != "" {
		t.Errorf("run.schema.json isn't what the types are; go test ./internal/result -update writes it anew (-types +file):\n%s", diff)
	}
}

func compiled(t *testing.T) *validator.Schema {
	t.Helper()
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("run.json", parsed); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("run.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// filled sets everything that a value has, one of each list, so that no field is left out of the document.
func filled(v reflect.Value) {
	if values := enums[v.Type()]; values != nil {
		v.Set(reflect.ValueOf(values[0]))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		filled(value)
		v.SetMapIndex(reflect.ValueOf("key"), value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC)))
			return
		}
		for i := range v.NumField() {
			filled(v.Field(i))
		}
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	}
}

func asText(t *testing.T, doc any) any {
	t.Helper()
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := validator.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestSchemaTakesRuns(t *testing.T) {
	s := compiled(t)
	var full Run
	filled(reflect.ValueOf(&full).Elem())
	bare := Run{Verdict: Unknown, Isolation: Isolation{Verdict: Unknown}, Scenario: Scenario{Model: Open}}
	for name, r := range map[string]*Run{"everything": &full, "next to nothing": &bare} {
		if err := s.Validate(asText(t, r)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	var full Run
	filled(reflect.ValueOf(&full).Elem())
	for name, spoil := range map[string]func(doc map[string]any){
		"no verdict":           func(doc map[string]any) { delete(doc, "verdict") },
		"another verdict":      func(doc map[string]any) { doc["verdict"] = "passed" },
		"an exit code in text": func(doc map[string]any) { doc["exit_code"] = "0" },
		"an operation's count": func(doc map[string]any) {
			doc["load"].(map[string]any)["ops"].([]any)[0].(map[string]any)["count"] = nil
		},
		"a finding's severity": func(doc map[string]any) { doc["findings"].([]any)[0].(map[string]any)["severity"] = "bad" },
	} {
		doc := asText(t, &full).(map[string]any)
		spoil(doc)
		if err := s.Validate(doc); err == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
}

// A field that says nothing of itself is half a schema.
func TestSchemaDescribes(t *testing.T) {
	var root struct {
		Definitions map[string]struct {
			Description string `json:"description"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	if len(root.Definitions) < 30 {
		t.Errorf("only %d definitions", len(root.Definitions))
	}
	for name, d := range root.Definitions {
		if d.Description == "" {
			t.Errorf("%s has no description", name)
		}
	}
}
