package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/sql"
)

// TestMalformedFiles spoils good files in a hundred ways each: the program must refuse with a short message or take what is still right,
// and never panic.
func TestMalformedFiles(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(7, 7))
	kinds := map[string]struct {
		good string
		args func(file string) []string
		ok   []int
	}{
		"scenario": {shippedFile(t, os.DirFS("../../scenarios"), "default.yaml"), func(f string) []string { return []string{"validate", f} }, []int{exitPass, exitUsage}},
		"stack": {`{"schema_version": 1, "target": "engarde", "seed": 1, "keeper": {"pid": 4194304, "start_ticks": 1}, "services": [{"name": "postgres", "port": 1}],
			"dsn": {"direct": {"postgres": "postgres://a:b@127.0.0.1:1/x"}}, "paths": {"scratch": "nowhere/bulkhead-1"}}`,
			func(f string) []string { return []string{"run", "--scenario", "quick", "--stack", f} }, []int{exitUsage, exitSetup}},
		"operation": {shippedFile(t, sql.FS, "ops/request_flow.yaml"), func(f string) []string { return []string{"list", "--operations", filepath.Dir(f)} },
			[]int{exitPass, exitUsage}},
		"prices": {shippedFile(t, fixtures.FS, shippedPrices), func(f string) []string { return []string{"cost", "--file", f} }, []int{exitPass, exitUsage, exitObjective}},
	}
	const tries = 100
	for kind, k := range kinds {
		t.Run(kind, func(t *testing.T) {
			refused := 0
			for i := range tries {
				folder := filepath.Join(dir, fmt.Sprintf("%s-%d", kind, i))
				if err := os.MkdirAll(folder, 0o755); err != nil {
					t.Fatal(err)
				}
				file := filepath.Join(folder, "spoilt.yaml")
				text := spoil(k.good, rng)
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				code, said := must(t, bulkhead(t, k.args(file)...), k.ok...)
				if code == exitUsage {
					refused++
				}
				refusal := code == exitUsage || code == exitSetup // else it is a report
				if refusal && (said == "" || len(said) > 6000) || strings.Contains(said, "goroutine ") {
					t.Fatalf("exit code %d, and %d characters said:\n%.2000s\nof this file:\n%s", code, len(said), said, text)
				}
			}
			if refused < tries/2 {
				t.Errorf("only %d of %d spoilt files were refused: they are not spoilt enough to show anything", refused, tries)
			}
		})
	}
}

func shippedFile(t *testing.T, folder fs.FS, name string) string {
	t.Helper()
	data, err := fs.ReadFile(folder, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

const (
	punctuation = ":{}[],&*!|>'\"%@`\t\n- #"
	letters     = "09azAZ-.e"
)

// spoil changes a text in one to three places.
func spoil(text string, rng *rand.Rand) string {
	b := []byte(text)
	for range 1 + rng.IntN(3) {
		at := rng.IntN(len(b))
		switch rng.IntN(7) {
		case 0: // cut off
			b = b[:at+1]
		case 1: // a part twice
			b = slices.Concat(b[:at], b[at/2:at], b[at:])
		case 2: // a part gone
			b = slices.Delete(b, at, min(len(b), at+1+rng.IntN(8)))
		case 3: // any byte
			b[at] = byte(rng.IntN(256))
		case 4: // what YAML and JSON are made of
			b = slices.Insert(b, at, punctuation[rng.IntN(len(punctuation))])
		case 5: // a digit or letter that changes a name or number
			b = slices.Insert(b, at, letters[rng.IntN(len(letters))])
		default: // a name that nobody knows
			b = slices.Insert(b, at, []byte("\nbananas: 7\n")...)
		}
		if len(b) == 0 {
			return " "
		}
	}
	return string(b)
}
