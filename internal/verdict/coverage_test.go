package verdict

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestCover(t *testing.T) {
	checks := []result.Check{
		{Channel: "S04", How: result.ByCatalog, Units: 180, Status: result.Pass},
		{Channel: "S04", How: result.ByProbe, Units: 600, UpperBound: 0.005, Status: result.Pass},
		{Channel: "S04", How: result.ByLoad, Units: 1000, UpperBound: 0.003, Status: result.Pass},
		{Channel: "S05", How: result.ByProbe, Units: 10, Status: result.Unknown, Why: "the victim saw nothing"},
		{Channel: "S05", How: result.ByCatalog, Units: 10, Status: result.Pass},
		{Channel: "R01", How: result.ByProbe, Status: result.NotChecked, Why: "there is no Redis"},
		{Channel: "W01", How: result.ByProbe, Units: 5, Hits: 1, Status: result.Pass},
		{Channel: "X01", How: result.ByProbe, Units: 7, Status: result.Pass},
	}
	findings := []result.Finding{{Channel: "W01", Severity: result.Leak}, {Channel: "S04", Severity: result.Note}}
	got := map[string]result.Coverage{}
	for _, c := range Cover(checks, findings, map[string]Tally{"S04": {Mutants: 4, Killed: 3}}) {
		got[c.Channel] = c
	}
	want := map[string]result.Coverage{
		"S04": {How: []result.How{result.ByCatalog, result.ByProbe, result.ByLoad, result.ByDrill}, Units: 1600, UpperBound: 0.005, Mutants: 4, Killed: 3, Drilled: true, Status: result.Pass},
		"S05": {How: []result.How{result.ByProbe, result.ByCatalog}, Units: 10, Drilled: true, Status: result.Unknown, Why: "the victim saw nothing"},
		"R01": {Drilled: true, Status: result.NotChecked, Why: "there is no Redis"},
		"W01": {How: []result.How{result.ByProbe}, Units: 5, Hits: 1, Drilled: true, Status: result.Fail},
		"S09": {Drilled: true, Status: result.NotChecked, Why: "nothing in this run looked at it"},
		"X01": {How: []result.How{result.ByProbe}, Units: 7, Drilled: true, Status: result.Pass},
	}
	for id, w := range want {
		w.Channel = id
		if ch, known := result.ChannelNamed(id); known {
			w.Doc, w.Residual = ch.Doc, ch.Residual
		}
		if diff := cmp.Diff(w, got[id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	if got["A01"].Status != result.NotChecked || got["A01"].Why == "" {
		t.Errorf("A01: %+v", got["A01"])
	}
	if len(got) != len(result.Channels)+1 {
		t.Errorf("%d channels, want the list and one of a team's own", len(got))
	}
}

func TestExamine(t *testing.T) {
	pass := result.Check{Channel: "S01", How: result.ByCatalog, Status: result.Pass}
	for _, c := range []struct {
		name     string
		checks   []result.Check
		findings []result.Finding
		accept   Accept
		want     int
	}{
		{name: "all well", checks: []result.Check{pass}, want: ExitPass},
		{name: "nothing looked at", want: ExitUnknown},
		{name: "a note", checks: []result.Check{pass}, findings: []result.Finding{{Severity: result.Note}}, want: ExitPass},
		{name: "a weakness and an unknown", checks: []result.Check{pass, {Status: result.Unknown}}, findings: []result.Finding{{Severity: result.Weakness}}, want: ExitFinding},
		{name: "an unknown", checks: []result.Check{pass, {Status: result.Unknown}}, want: ExitUnknown},
		{name: "left out", checks: []result.Check{pass, {Status: result.NotChecked, Lacks: "redis"}}, want: ExitUnknown},
		{name: "left out on purpose", checks: []result.Check{pass, {Status: result.NotChecked, Lacks: "redis"}}, accept: Accept{Without: []string{"redis"}}, want: ExitPass},
	} {
		e := result.Examination{Checks: c.checks, Findings: c.findings}
		if Examine(&e, c.accept); e.ExitCode != c.want {
			t.Errorf("%s: exit code %d, want %d (%v)", c.name, e.ExitCode, c.want, e.Reasons)
		}
		if pass := e.Verdict == result.Pass; pass != (c.want == ExitPass) {
			t.Errorf("%s: %s", c.name, e.Verdict)
		}
	}
}

// TestChannels: reports and drills find a channel by its id, and people find it in ARCHITECTURE.md.
func TestChannels(t *testing.T) {
	page, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range result.Channels {
		if slices.Contains(ids, c.ID) || c.Doc == "" {
			t.Errorf("%+v", c)
		}
		ids = append(ids, c.ID)
		if line := "| " + c.ID + " | " + c.Doc + " |\n"; !strings.Contains(string(page), line) {
			t.Errorf("ARCHITECTURE.md has no line %s", line)
		}
	}
}
