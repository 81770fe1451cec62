package main

import (
	"testing"

	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/scenarios"
)

// Here all operations and faults are known that a shipped scenario may name.
func TestShippedScenariosAreValid(t *testing.T) {
	target, err := run.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range scenarios.Shipped() {
		s, err := scenarios.Validate(name, knownTo(target))
		if err != nil {
			t.Error(err)
		} else if s.Name != name || s.Doc == "" || s.Target != target.Name {
			t.Errorf("%s.yaml names itself %q, doc %q, target %q", name, s.Name, s.Doc, s.Target)
		}
	}
}
