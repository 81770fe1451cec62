package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadRoutes(t *testing.T) {
	const list = `[{"path": "/a/{id}/b/{name:path}", "methods": ["get", "WEBSOCKET", "DELETE"], "path_params": [{"name": "id", "type": "uuid"}],
	 "query": [{"name": "limit", "type": "integer", "required": true}], "body": {"media": "application/json", "schema": {"type": "object"}}},
	 {"path": "/ws", "methods": ["WEBSOCKET"]}]`
	want := []Route{{Path: "/a/{id}/b/{name}", Methods: []string{"GET", "DELETE"}, PathParams: []Param{{Name: "id", Schema: Schema{"type": "string", "format": "uuid"}}, {Name: "name"}},
		Query: []Param{{Name: "limit", Required: true, Schema: Schema{"type": "integer"}}}, Body: Schema{"type": "object"}, BodyType: "application/json"}}
	for _, text := range []string{list, `{"routes": ` + list + `}`, "routes:\n" + indented(list)} {
		got, err := ReadRoutes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, text := range []string{"", "[]", "{", `{"paths": []}`} {
		if _, err := ReadRoutes([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func indented(list string) string {
	return "  " + strings.ReplaceAll(list, "\n", "\n  ")
}

func TestSmallestValue(t *testing.T) {
	uuid := func() string { return "u" }
	for schema, want := range map[string]string{
		`{"type": "string"}`:                                             `"bulkhead"`,
		`{"type": "string", "format": "uuid"}`:                           `"u"`,
		`{"type": "string", "maxLength": 3}`:                             `"bul"`,
		`{"type": "string", "minLength": 10}`:                            `"bulkheadxx"`,
		`{"type": "integer", "minimum": 5}`:                              `5`,
		`{"type": "number", "exclusiveMinimum":0}`:                       `1`,
		`{"type": "integer", "maximum": 0}`:                              `0`,
		`{"enum": ["x", "y"]}`:                                           `"x"`,
		`{"default": 7, "type": "integer"}`:                              `7`,
		`{"anyOf": [{"type": "null"}, {"type": "boolean"}]}`:             `false`,
		`{"type": ["null", "integer"]}`:                                  `1`,
		`{"type": "array", "minItems": 2, "items": {"type": "integer"}}`: `[1,1]`,
		`{"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]}`:                                                           `{"a":"bulkhead"}`,
		`{"$ref": "#/$defs/X", "$defs": {"X": {"type": "object", "properties": {"x": {"$ref": "#/$defs/X"}}, "required": []}}}`:                             `{}`,
		`{"$ref": "#/$defs/X", "$defs": {"X": {"properties": {"y": {"$ref": "#/$defs/Y"}}, "required": ["y"]}, "Y": {"type": "string", "format": "date"}}}`: `{"y":"2026-01-02"}`,
	} {
		var s Schema
		if err := json.Unmarshal([]byte(schema), &s); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(s.value(s, uuid, 0))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, want %s (%v)", schema, got, want, err)
		}
	}
	// One that holds itself ends.
	loop := Schema{"type": "object", "required": []any{"x"}, "properties": map[string]any{"x": map[string]any{"$ref": "#"}}}
	loop["properties"].(map[string]any)["x"] = map[string]any(loop)
	_ = loop.value(loop, uuid, 0)
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, route, verb string
		want                 bool
	}{
		{"GET /a/{id}", "/a/{id}", "GET", true},
		{"GET /a/{id}", "/a/{id}", "PUT", false},
		{"* /a/*", "/a/b/c", "PUT", true},
		{"/a", "/a", "PATCH", true},
		{"GET /a", "/a/", "GET", true},
		{"GET /a", "/ab", "GET", false},
		{"* /a/*", "/b/a/", "GET", false},
	} {
		if got := matches(c.pattern, c.route, c.verb); got != c.want {
			t.Errorf("%q, %s %s: %t", c.pattern, c.verb, c.route, got)
		}
	}
}

func TestNormal(t *testing.T) {
	const id, other = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
	alike := [][2]string{
		{`{"detail": "no campaign ` + id + `"}`, `{"detail": "no campaign ` + other + `"}`},
		{`{"at": "2026-11-28T14:00:00.123Z"}`, `{"at": "2026-11-28T15:10:00Z"}`},
		{`{"took": 0.123}`, `{"took": 12.5}`},
		{`{"request": "` + strings.ReplaceAll(other, "-", "") + `"}`, `{"request": "` + strings.ReplaceAll(id, "-", "") + `"}`},
		{`{"expires": 1764338400}`, `{"expires": 1764338401}`},
		{`{"input": "a' OR '1'='1"}`, `{"input": "a' OR '1'='2"}`},
		{`{"q": "a%27+OR+%271%27%3D%271"}`, `{"q": "a%27+OR+%271%27%3D%272"}`},
	}
	for _, two := range alike {
		if x, y := normal([]byte(two[0]), "a' OR '1'='1"), normal([]byte(two[1]), "a' OR '1'='2"); x != y {
			t.Errorf("%s and %s differ", x, y)
		}
	}
	if normal([]byte(`{"detail": "not found"}`)) == normal([]byte(`{"detail": "forbidden"}`)) || normal([]byte("[]")) == normal([]byte("[1]")) {
		t.Error("what differs is taken for the same")
	}
}

// script gives one answer after the other, the last again and again.
func script(answers ...string) func() (reply, error) {
	i := 0
	return func() (reply, error) {
		a := answers[min(i, len(answers)-1)]
		i++
		status := http.StatusOK
		if strings.HasPrefix(a, "!") {
			status = http.StatusNotFound
		}
		return reply{answer: &answer{status: status, body: []byte(a)}}, nil
	}
}

func TestTells(t *testing.T) {
	for name, c := range map[string]struct {
		there, nowhere func() (reply, error)
		want           bool
	}{
		"another status":   {script("a"), script("!a"), true},
		"another body":     {script("!forbidden"), script("!not found"), true},
		"the same":         {script("!a"), script("!a"), false},
		"once another":     {script("!a", "!b"), script("!b"), false},
		"never the same":   {script("!a"), script("!1", "!2", "!3", "!4"), false},
		"the same at last": {script("!a", "!a", "!b"), script("!b"), false},
	} {
		if how, err := tells(c.there, c.nowhere); err != nil || (how != "") != c.want {
			t.Errorf("%s: %q, %v", name, how, err)
		}
	}
}

func TestApart(t *testing.T) {
	ms := func(n ...int) (all []time.Duration) {
		for _, i := range n {
			all = append(all, time.Duration(i)*time.Millisecond)
		}
		return all
	}
	for _, c := range []struct {
		x, y []time.Duration
		want bool
	}{
		{ms(5, 6, 7), ms(5, 6, 8), false},
		{ms(100, 101, 102), ms(5, 6, 7), true},
		{ms(5, 6, 7), ms(100, 101, 102), true},
		{ms(5, 100, 102), ms(5, 6, 7), false}, // one was as quick
		{ms(10, 20, 30), ms(1, 2, 3), false},  // apart, but too little
		{ms(100, 110, 120), ms(60, 70, 80), false},
	} {
		if got := apart(c.x, c.y); (got > 0) != c.want {
			t.Errorf("%v and %v: %v", c.x, c.y, got)
		}
	}
}

func TestInside(t *testing.T) {
	for body, want := range map[string]string{
		"Traceback (most recent call last):\n  File \"x.py\", line 3": "a stack trace",
		`{"detail": "File \"/app/main.py\", line 12, in x"}`:          "a stack trace",
		"(psycopg.errors.UndefinedColumn) column x":                   "the name of a database driver or catalog",
		"[SELECT campaigns.id FROM campaigns WHERE x]":                "a statement or a database's error",
		`syntax error at or near "x"`:                                 "a statement or a database's error",
		"could not connect to postgresql+psycopg://u:p@h/db":          "a connection string",
		`{"SECRET_KEY": "abc"}`:                                       "a setting",
		`{"detail": "Not Found"}`:                                     "",
		`{"detail": [{"msg": "Select a value from the list"}]}`:       "",
		`{"detail": "you sent: SELECT a FROM b WHERE"}`:               "", // as was sent
	} {
		if got, _ := inside([]byte(body), "SELECT a FROM b WHERE"); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
	if got := short("postgresql://me:secret@127.0.0.1/x"); strings.Contains(got, "secret") {
		t.Error("a password is in an excerpt: " + got)
	}
}

func TestAdvisories(t *testing.T) {
	all, err := ReadAdvisories([]byte("- {id: A, affected: \">=1.0.0, <1.9.0\", fixed: \"1.9.0\", what: x}\n- {id: B, affected: \"<=1.0.18\"}"))
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	for version, want := range map[string]string{"1.0.18": "AB", "1.0.19": "A", "1.9.0": "", "1.13.0": "", "0.9": "B", "1.8.9.post1": "A"} {
		got := ""
		for _, one := range all {
			if is, err := one.covers(version); err != nil {
				t.Error(err)
			} else if is {
				got += one.ID
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
	for _, text := range []string{"- {id: A}", "- {id: A, affected: all}", "- {affected: <1}", "x"} {
		if _, err := ReadAdvisories([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestForgeries(t *testing.T) {
	tokens := newTokens(t)
	good, err := tokens.sign(tokens.Claims(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(token string) error { return tokens.verify(token, "") }
	if err := verify(good); err != nil {
		t.Fatalf("a good token is refused: %v", err)
	}
	all, err := tokens.forgeries(good, 1, 2, "tenant_id", "victim", "attacker")
	if err != nil || len(all) < 40 {
		t.Fatalf("%d forgeries, %v", len(all), err)
	}
	names := map[string]bool{}
	for _, f := range all {
		if names[f.name] {
			t.Errorf("%s is there twice", f.name)
		}
		names[f.name] = true
		token, is := strings.CutPrefix(f.header.Get("Authorization"), "Bearer ")
		if !is || f.tenant {
			continue
		}
		if verify(token) == nil {
			t.Errorf("%s: passes for a good one", f.name)
		}
	}
	// Each weak verifier accepts at least one of them: they aren't refused for being malformed.
	for flaw, name := range map[string]string{"unverified": "algorithm none", "hs256": "HS256 with the public key as PEM", "embedded": "another key, in the token itself (jwk)", "expiry": "expired two hours ago",
		"issuer": "wrong iss", "audience": "wrong aud", "nbf": "not valid before an hour from now", "exp": "no exp"} {
		passed := false
		for _, f := range all {
			if token, is := strings.CutPrefix(f.header.Get("Authorization"), "Bearer "); is && f.name == name {
				passed = tokens.verify(token, flaw) == nil
			}
		}
		if !passed {
			t.Errorf("a verifier with the flaw %q refuses %q", flaw, name)
		}
	}
}

func TestCodeInFlows(t *testing.T) {
	var flow map[string]any
	const text = `{"data":{"nodes":[{"id":"x","data":{"node":{"template":{"code":{"value":"STUB","type":"code"},"limit":{"value":20}}}}}]}}`
	if err := json.Unmarshal([]byte(text), &flow); err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(alterCode(flow, "mine"))
	if bytes.Count(got, []byte("mine")) != 1 || bytes.Contains(got, []byte("STUB")) || !bytes.Contains(got, []byte("20")) {
		t.Errorf("%s", got)
	}
	if strings.Contains(inert, marker) {
		t.Error("the marker stands in the code: an answer that repeats it would look like one that ran it")
	}
}
