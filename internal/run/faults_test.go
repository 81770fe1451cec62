package run

import (
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/faults"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/scenarios"
)

// TestEachFaultHasItsScenario holds the registry, the shipped scenarios and what the loader lets through against each other.
func TestEachFaultHasItsScenario(t *testing.T) {
	target, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range faults.Names() {
		s, err := scenarios.Open("fault-"+strings.ReplaceAll(name, "_", "-"), scenarios.Known{Ops: ops.Names(target.Ops), Faults: KnownFaults()})
		if err != nil {
			t.Error(err)
			continue
		}
		if len(s.Faults) != 1 || s.Faults[0].Name != name {
			t.Errorf("%s schedules %+v", s.Name, s.Faults)
		}
	}
}

func TestFaultsAreRefusedBeforeAnythingStarts(t *testing.T) {
	o := Options{Stack: "some.json", Scenario: scenarios.Scenario{Faults: []scenarios.Fault{{Name: "postgres_crash"}}}}
	if err := checkFaults(o); err == nil || !strings.Contains(err.Error(), "leave --stack out") {
		t.Errorf("%v", err)
	}
}
