package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var knownToGates = GateKnown{Ops: []string{"campaign_load"}, HTTPOps: []string{"backend_flows"}, Channels: []string{"A04", "S01"},
	Measures: []string{"p95", "p50"}, Keys: []string{"seed", "settings"}}

func TestGate(t *testing.T) {
	g, err := LoadGate("ci/gate.yaml", []byte(`
name: main
doc: What a change has to hold.
objectives:
  response_p95: 40ms
  drops: 0
  ops: {backend_flows: {response_p95: 80ms, errors: 0%}}
channels: [S01]
repeat_within: 30m
allowed:
  - channel: A04
    where: langflow POST /api/v1/run/*
    owner: platform
    reason: upstream, reported
    expires: 2027-03-31
baseline: {runs: ../baselines/main, floor: 10%, floor_time: 1ms, judge: [p95], allow: [settings]}
`), knownToGates)
	if err != nil {
		t.Fatal(err)
	}
	none, floor, floorTime := 0.0, 0.1, time.Millisecond
	want := Gate{Name: "main", Doc: "What a change has to hold.", Channels: []string{"S01"}, RepeatWithin: 30 * time.Minute,
		Objectives: Objectives{ResponseP95: 40 * time.Millisecond, Errors: NotSet, Ops: map[string]Objective{"backend_flows": {ResponseP95: 80 * time.Millisecond, Errors: &none}}},
		Allowed: []Allowance{{Line: 11, Channel: "A04", Where: "langflow POST /api/v1/run/*", Owner: "platform", Reason: "upstream, reported",
			Expires: time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC)}},
		Baseline: &Baseline{Runs: "baselines/main", Floor: &floor, FloorTime: &floorTime, Judge: []string{"p95"}, Allow: []string{"settings"}}}
	if diff := cmp.Diff(want, g); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	a := g.Allowed[0]
	for where, covered := range map[string]bool{"langflow POST /api/v1/run/x": true, "langflow POST /api/v1/run/": true, "langflow POST /api/v1/runs": false, "x langflow POST /api/v1/run/x": false} {
		if a.Covers("A04", where) != covered || a.Covers("S01", where) {
			t.Errorf("%s: %v, want %v, and by no other channel", where, a.Covers("A04", where), covered)
		}
	}
	last := time.Date(2027, 3, 31, 23, 59, 59, 0, time.UTC)
	if a.Expired(last) || !a.Expired(last.Add(time.Second)) {
		t.Error("an allowance holds through its last day, and not longer")
	}
}

func TestGateMistakes(t *testing.T) {
	item := func(text string) string { return "name: x\nallowed: [{" + text + "}]" }
	for text, want := range map[string]string{
		"":                  "gate.yaml:1: is empty: a gate needs a name, and one of objectives",
		"channels: [S01]":   "gate.yaml:1: name: is missing",
		"name: x\ncolor: 1": `gate.yaml:2: color: unknown field "color"; valid: allowed, baseline, channels, doc, name, objectives, repeat_within`,
		"name: x\nobjectives: {response_p95: 40}":                                     "gate.yaml:2: objectives.response_p95: 40 has no unit",
		"name: x\nobjectives: {ops: {campaign_laod: {errors: 1%}}}":                   `objectives.ops.campaign_laod: unknown operation "campaign_laod" (did you mean "campaign_load"?)`,
		"name: x\nchannels: [S01, S01]":                                               "gate.yaml:2: channels.1: S01 is listed twice",
		"name: x\nchannels: []":                                                       "gate.yaml:2: channels: is empty",
		"name: x\nchannels: S01":                                                      "gate.yaml:2: channels: text given where a list is wanted",
		item("channel: A04, where: w, owner: o, reason: r"):                           "gate.yaml:2: allowed.0.expires: is missing",
		item("channel: A04, where: w, reason: r, expires: 2027-01-01"):                "gate.yaml:2: allowed.0.owner: is missing",
		item("channel: A04, where: w, owner: o, expires: 2027-01-01"):                 "gate.yaml:2: allowed.0.reason: is missing",
		item("channel: A4, where: w, owner: o, reason: r, expires: 2027-01-01"):       `allowed.0.channel: unknown channel "A4"`,
		item("channel: A04, where: '*', owner: o, reason: r, expires: 2027-01-01"):    "would allow whatever comes",
		item("channel: A04, where: w, owner: '', reason: r, expires: 2027-01-01"):     "allowed.0.owner: is empty",
		item("channel: A04, where: w, owner: o, reason: r, expires: 2027-02-30"):      `allowed.0.expires: "2027-02-30" is not a date`,
		item("channel: A04, where: w, owner: o, reason: r, expires: soon"):            `allowed.0.expires: "soon" is not a date`,
		item("channel: A04, where: w, owner: o, reason: r, expires: never, until: x"): `allowed.0.until: unknown field "until"`,
		"name: x\nbaseline: {floor: 5%}":                                              "gate.yaml:2: baseline.runs: is missing",
		"name: x\nbaseline: {runs: b, floor: 5}":                                      "baseline.floor: 5 has no unit",
		"name: x\nbaseline: {runs: b, judge: [p96]}":                                  `baseline.judge.0: unknown measure "p96" (did you mean "p95"?)`,
		"name: x\nbaseline: {runs: b, allow: [weather]}":                              `baseline.allow.0: unknown difference "weather"; valid: seed, settings`,
	} {
		if _, err := LoadGate("gate.yaml", []byte(text), knownToGates); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives\n%v\nwant in it: %s", text, err, want)
		}
	}
	var invalid *InvalidError
	if _, err := OpenGate(filepath.Join(t.TempDir(), "gate.yaml"), knownToGates); !errors.As(err, &invalid) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "a gate is a file of yours") {
		t.Errorf("no file: %v", err)
	}
}
