package target

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/engardehq/bulkhead/fixtures"
)

func TestShippedTarget(t *testing.T) {
	got, err := Load(fixtures.FS, "engarde")
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "engarde" || len(got.Pooled()) == 0 || len(got.Logins()) <= len(got.Pooled()) || got.Seed.Probed == 0 {
		t.Errorf("reads as %+v", got)
	}
	for _, d := range got.Departures {
		if d.What == "" || d.Reason == "" {
			t.Errorf("a departure without its reason: %+v", d)
		}
	}
	for _, e := range got.Exceptions {
		if e.Object == "" || e.Reason == "" {
			t.Errorf("an exception without its reason: %+v", e)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	folder := fstest.MapFS{
		"x/target.yaml": {Data: []byte("name: x\ncolour: red\ndatabase: [a]\n")},
		"x/seed.yaml":   {Data: []byte("probed: 1\n")},
	}
	_, err := Load(folder, "x")
	var bad *InvalidError
	if !errors.As(err, &bad) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"x/target.yaml:2: ", "colour", "x/target.yaml:3: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v doesn't say %q", err, want)
		}
	}
}

func TestIncompleteTarget(t *testing.T) {
	folder := fstest.MapFS{"x/target.yaml": {Data: []byte("name: x\n")}, "x/seed.yaml": {Data: []byte("{}\n")}}
	if _, err := Load(folder, "x"); err == nil || !strings.Contains(err.Error(), "missing from target.yaml") {
		t.Errorf("got %v", err)
	}
}
