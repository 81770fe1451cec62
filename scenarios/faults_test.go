package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var knownFaults = []KnownFault{{Name: "backends_kill"}, {Name: "network_slow", Lasts: true, Slows: true}, {Name: "pooler_pause", Lasts: true}}

func withFaults(text string) (Scenario, error) {
	k := known
	k.Faults = knownFaults
	return Load("x.yaml", []byte(smallest+"faults: "+text+"\n"), k)
}

func TestFaults(t *testing.T) {
	s, err := withFaults("[{fault: pooler_pause, at: 0s, for: 500ms}, {fault: backends_kill, at: 500ms}, {fault: network_slow, at: 1s, for: 1s, delay: 50ms}]")
	if err != nil {
		t.Fatal(err)
	}
	want := []Fault{{Name: "pooler_pause", For: 500 * time.Millisecond}, {Name: "backends_kill", At: 500 * time.Millisecond},
		{Name: "network_slow", At: time.Second, For: time.Second, Delay: 50 * time.Millisecond}}
	if diff := cmp.Diff(want, s.Faults); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFaultMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"{fault: pooler_pause}":                                                       "x.yaml:11: faults: a mapping given where a list of faults is wanted",
		"[pooler_pause]":                                                              "x.yaml:11: faults.0: text given where fields are wanted",
		"[{fault: pooler_paus, at: 1s, for: 1s}]":                                     `x.yaml:11: faults.0.fault: unknown fault "pooler_paus" (did you mean "pooler_pause"?); valid: backends_kill, network_slow, pooler_pause`,
		"[{fault: pooler_pause, for: 1s}]":                                            "faults.0.at: is missing",
		"[{fault: pooler_pause, at: 1s}]":                                             "faults.0.for: pooler_pause lasts: say for how long",
		"[{fault: pooler_pause, at: 1, for: 1s}]":                                     "faults.0.at: 1 has no unit",
		"[{fault: pooler_pause, at: 1s, for: 2s}]":                                    "faults.0: pooler_pause from 1s to 3s goes beyond the load, which ends at 2s",
		"[{fault: backends_kill, at: 2s}]":                                            "faults.0: backends_kill from 2s to 2s goes beyond the load",
		"[{fault: backends_kill, at: 1s, for: 1s}]":                                   "faults.0.for: backends_kill is over at once: remove it",
		"[{fault: network_slow, at: 1s, for: 1s}]":                                    "faults.0.delay: network_slow needs a delay",
		"[{fault: backends_kill, at: 1s, delay: 1s}]":                                 "faults.0.delay: backends_kill has no delay: remove it",
		"[{fault: backends_kill, at: 1s, until: 1s}]":                                 `faults.0.until: unknown field "until"`,
		"[{fault: pooler_pause, at: 0s, for: 1s}, {fault: backends_kill, at: 900ms}]": "faults.1: backends_kill at 900ms begins before pooler_pause ends at 1s",
	} {
		if _, err := withFaults(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives\n%v\nwant in it: %s", text, err, want)
		}
	}
}

// shippedFaults are those that have a scenario of their own; a test of package run holds them against the registry.
var shippedFaults = []KnownFault{{Name: "backends_kill"}, {Name: "disk_full", Lasts: true}, {Name: "langflow_kill", Lasts: true},
	{Name: "network_slow", Lasts: true, Slows: true}, {Name: "pooler_pause", Lasts: true}, {Name: "postgres_crash", Lasts: true},
	{Name: "postgres_restart", Lasts: true}, {Name: "redis_restart", Lasts: true}}

func faultScenarios() (names []string) {
	for _, f := range shippedFaults {
		names = append(names, "fault-"+strings.ReplaceAll(f.Name, "_", "-"))
	}
	return names
}
