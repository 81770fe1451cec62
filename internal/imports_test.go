// Package internal_test holds the shape of the tree: which package may import which.
package internal_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/engardehq/bulkhead/"

// layers are ordered: a package imports only from layers below its own. Packages of one layer don't know each other, but for the
// exceptions beside.
var layers = [][]string{
	{"cmd/bulkhead"},
	{"internal/signoff"},
	{"internal/bench", "internal/drill", "internal/layouts", "internal/cutover"},
	{"internal/run", "internal/gate"},
	{"internal/stack", "internal/migrate", "internal/seed", "internal/load", "internal/checks", "internal/probes", "internal/probes/web", "internal/removal", "internal/lifecycle", "internal/backup", "internal/mutants", "internal/verdict", "internal/compare", "internal/observe", "internal/faults"},
	{"internal/ops"},
	{"internal/session", "internal/record", "internal/stack/containers"},
	{"internal/catalog", "internal/fingerprint"},
	{"internal/oracle", "internal/target", "scenarios", "sql", "fixtures", "compose", "reports", "internal/stats", "internal/cost", "internal/probes/book"},
	{"internal/world", "internal/result"},
	{"internal/tenant", "internal/facts", "internal/identity"},
}

// within are the imports inside of a layer, each with a reason to be.
var within = map[string][]string{
	"internal/observe":    {"internal/stack"},   // asks the pooler's console
	"internal/faults":     {"internal/stack"},   // stops and starts its services
	"internal/probes":     {"internal/checks"},  // names the door by which a leak came
	"internal/probes/web": {"internal/probes"},  // shares its depths and its cache
	"internal/compare":    {"internal/verdict"}, // knows which loads say nothing of speed
	"internal/lifecycle":  {"internal/removal"}, // ends with one
}

func TestImportsPointOneWay(t *testing.T) {
	list := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	layer := map[string]int{}
	for i, names := range layers {
		for _, name := range names {
			layer[name] = i
		}
	}
	seen := 0
	for packages := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		if name == p.ImportPath || name == "internal" || strings.HasSuffix(name, "test") {
			continue // helpers of tests may know all
		}
		at, known := layer[name]
		if !known {
			t.Errorf("%s has no place among the layers: give it one here and in ARCHITECTURE.md", name)
			continue
		}
		seen++
		for _, path := range p.Imports {
			imported := strings.TrimPrefix(path, module)
			if below, ours := layer[imported]; ours && below <= at && !slices.Contains(within[name], imported) {
				t.Errorf("%s imports %s, which is not below it", name, imported)
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d packages were looked at", seen)
	}
}
