package mutants

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestShippedMutants(t *testing.T) {
	all, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	leaking, benign, doses := map[string]int{}, 0, 0
	scopes := map[Scope]int{}
	n := 0
	for _, m := range all {
		if _, known := result.ChannelNamed(m.Channel); !known {
			t.Errorf("%s: %s is no channel", m.File, m.Channel)
		}
		if m.Benign == "" && m.Equivalent == "" && !strings.HasPrefix(m.ID, m.Channel+"-") {
			t.Errorf("%s: the id of a mutant that leaks begins with its channel", m.File)
		}
		switch {
		case m.Benign != "":
			benign++
		case m.Dose > 0:
			doses++
		case m.Leaks():
			leaking[m.Channel]++
			scopes[m.Scope]++
			n++
		}
	}
	if n < 80 || benign < 10 || doses < 3 {
		t.Errorf("%d mutants that leak, %d benign, %d of a low dose; want 80, 10 and 3 at least", n, benign, doses)
	}
	for _, c := range result.Channels {
		if strings.ContainsAny(c.ID[:1], "SWCR") && c.ID != "S17" && leaking[c.ID] == 0 {
			t.Errorf("no mutant opens %s: %s", c.ID, c.Doc)
		}
	}
	for _, s := range Scopes {
		if scopes[s] == 0 {
			t.Errorf("no mutant of scope %s", s)
		}
	}
}

func TestLoad(t *testing.T) {
	file := func(text string) fstest.MapFS { return fstest.MapFS{"m/S05-x.sql": {Data: []byte(text)}} }
	good := "-- id: S05-x\n-- channel: S05\n-- scope: cluster\n-- doc: a doc\n\n-- apply\nSELECT 1; -- one\n-- apply\nSELECT 2;\n-- undo\nSELECT 3;\n"
	all, err := Load(file(good), "m", "mine")
	if err != nil {
		t.Fatal(err)
	}
	want := []Mutant{{ID: "S05-x", Channel: "S05", Scope: Cluster, Doc: "a doc", Apply: []string{"SELECT 1; -- one\n", "SELECT 2;\n"}, Undo: []string{"SELECT 3;\n"},
		File: "mine/S05-x.sql"}}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for change, problem := range map[string]string{
		"-- id: S05-x\n":       `mine/S05-x.sql:1: id: ""; want the name of the file, S05-x`,
		"-- doc: a doc\n":      "mine/S05-x.sql:1: doc: is missing",
		"-- undo\nSELECT 3;\n": "mine/S05-x.sql:1: -- undo: there is no such section, and what all databases share stays",
		"-- scope: cluster\n":  `mine/S05-x.sql:1: scope: ""`,
		"-- channel: S05\n":    "mine/S05-x.sql:1: channel: is missing",
	} {
		_, err := Load(file(strings.Replace(good, change, "", 1)), "m", "mine")
		if err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("without %q: got %v, want %s", change, err, problem)
		}
	}
	for text, problem := range map[string]string{
		strings.Replace(good, "-- doc", "-- dose: 2\n-- doc", 1):           `:4: dose: "2"; want a chance like 1/1000`,
		strings.Replace(good, "-- doc", "-- colour: red\n-- doc", 1):       ":4: colour: no such field",
		strings.Replace(good, "cluster", "database", 1):                    "-- undo: nobody would run it",
		strings.Replace(good, "-- apply\nSELECT 1; -- one", "SELECT 1", 1): `"SELECT 1" comes before the section`,
	} {
		if _, err := Load(file(text), "m", "mine"); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("got %v, want %s", err, problem)
		}
	}
}

func TestSettings(t *testing.T) {
	got, err := Settings("pool_mode = session\n\nserver_reset_query =\na.b = 'x = y'\n")
	want := []Setting{{"pool_mode", "session"}, {"server_reset_query", ""}, {"a.b", "'x = y'"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if _, err := Settings("nothing"); err == nil {
		t.Error("a line without = passed")
	}
}
