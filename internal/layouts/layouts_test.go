package layouts

import (
	"errors"
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/internal/fingerprint"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/verdict"
)

func TestChoose(t *testing.T) {
	for names, want := range map[string]int{"": len(Cells()), "hardened": 4, "drawn/1.13.0": 2, "before/engarde-first/1.0.18": 1, "drawn before/1.0.18": 6, "1.0.18/hardened": 2} {
		cells, err := Choose(strings.Fields(names))
		if err != nil || len(cells) != want {
			t.Errorf("%q: %d cells, %v; want %d", names, len(cells), err, want)
		}
	}
	for _, name := range []string{"hardend", "hardened/2.0", "hardened/drawn", "/"} {
		if _, err := Choose([]string{name}); !errors.Is(err, ErrOptions) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestTelling picks from logs as the real versions write them: lines of JSON, and lines that a frame has cut.
func TestTelling(t *testing.T) {
	for text, want := range map[string]string{
		`{"event": "Wrong revision in DB, deleting alembic_version table and running migrations again", "level": "warning", "timestamp": "2026-11-28T17:30:17Z"}
{"event": "Running upgrade 5ace73a7f223 -> eb5e72293a8e, Add error and edit flags to message", "level": "info"}`: "Wrong revision in DB, deleting alembic_version table and running migrations again",
		"│ Can't locate revision identified by │\n│ 'c41f7a90d2e6' │\n":                                                            "Can't locate revision identified by 'c41f7a90d2e6'",
		`{"event": "RuntimeError(\"There's a mismatch between the models and the database.\\nNew upgrade operations detected\")"}`: `RuntimeError("There's a mismatch between the models and the database. New upgrade operations detected")`,
		"all is well\nTraceback:\nValueError: something else\n":                                                                    "ValueError: something else",
		"RuntimeError: There's a mismatch between the models and the database":                                                     "RuntimeError: There's a mismatch between the models and the database",
	} {
		if got := telling(text); len(got) != 1 || got[0] != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
	if got := pickOf("ERROR of a start that came up\n", nil); len(got) != 0 {
		t.Errorf("a start that succeeded has %q", got)
	}
	again := strings.Repeat("2026-11-28 17:30:17 FAILED: no\n", 3)
	if got := telling(again); len(got) != 1 {
		t.Errorf("the same line again and again: %q", got)
	}
}

func TestConclude(t *testing.T) {
	lost, open := []string{"public.flow: table lost"}, &result.Exposure{Tables: []string{"langflow.message"}}
	for _, c := range []struct {
		name string
		step result.Step
		want string
	}{
		{"nothing", result.Step{}, result.StepPassed},
		{"lost", result.Step{Lost: lost}, result.StepFailed},
		{"unprotected", result.Step{Unprotected: lost}, result.StepFailed},
		{"unprotected by an upgrade that nobody could read during", result.Step{Name: stepUpgrade, Unprotected: lost, Exposed: &result.Exposure{Looks: 9}}, result.StepPassed},
		{"exposed", result.Step{Name: stepUpgrade, Exposed: open}, result.StepFailed},
		{"overlap", result.Step{Overlap: lost}, result.StepFailed},
		{"keys", result.Step{BrokenKeys: lost}, result.StepFailed},
		{"weakness", result.Step{Attack: &result.StepAttack{Weaknesses: 1}}, result.StepFailed},
		{"unknown", result.Step{Attack: &result.StepAttack{Unknown: lost}}, result.StepNotKnown},
		{"failed before", result.Step{Outcome: result.StepFailed}, result.StepFailed},
	} {
		x := &cell{Cell: &result.Cell{}}
		x.conclude(&c.step)
		if got := x.Steps[0]; got.Outcome != c.want || c.step.Name != "" && c.want == result.StepFailed && got.Why == "" {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestOpenedAndLost(t *testing.T) {
	x := &cell{engarde: []string{"public.users"}, seeded: map[string]fingerprint.Subset{"langflow.flow": {}}}
	for _, c := range []struct {
		d            fingerprint.Difference
		lost, opened bool
	}{
		{fingerprint.Difference{Kind: fingerprint.RowSecurity, Before: "forced", After: "on"}, false, true},
		{fingerprint.Difference{Kind: fingerprint.RowSecurity, Before: "off", After: "forced"}, false, false},
		{fingerprint.Difference{Kind: fingerprint.PolicyLost}, false, true},
		{fingerprint.Difference{Kind: fingerprint.PolicyNew}, false, false},
		{fingerprint.Difference{Kind: fingerprint.RowsLost, Where: "public.users"}, true, false},
		{fingerprint.Difference{Kind: fingerprint.RowsAltered, Where: "langflow.flow"}, true, false},
		{fingerprint.Difference{Kind: fingerprint.RowsAltered, Where: "langflow.trigger_lease"}, false, false},
		{fingerprint.Difference{Kind: fingerprint.TableLost, Where: "langflow.trigger_lease"}, true, false},
		{fingerprint.Difference{Kind: fingerprint.Revision}, true, false},
	} {
		if x.lost(c.d) != c.lost || opened(c.d) != c.opened {
			t.Errorf("%+v: lost %t, opened %t", c.d, x.lost(c.d), opened(c.d))
		}
	}
}

// TestJudge: the hardened layout alone decides, where it was tried.
func TestJudge(t *testing.T) {
	step := func(outcome string, attack *result.StepAttack) []result.Step {
		return []result.Step{{Name: "a step", Outcome: outcome, Attack: attack}}
	}
	leak := &result.StepAttack{Leaks: 1}
	for _, c := range []struct {
		name  string
		cells []result.Cell
		want  int
	}{
		{"none", nil, verdict.ExitUnknown},
		{"hardened passes, before fails", []result.Cell{{Layout: "before", Steps: step(result.StepFailed, leak)}, {Layout: "hardened", Steps: step(result.StepPassed, nil)}}, verdict.ExitPass},
		{"hardened leaks", []result.Cell{{Layout: "hardened", Steps: append(step(result.StepNotKnown, nil), step(result.StepFailed, leak)...)}}, verdict.ExitFinding},
		{"hardened doesn't start", []result.Cell{{Layout: "hardened", Steps: append(step(result.StepNotTried, nil), step(result.StepFailed, nil)...)}}, verdict.ExitMissed},
		{"hardened isn't judged", []result.Cell{{Layout: "hardened", Steps: step(result.StepNotTried, nil)}}, verdict.ExitUnknown},
		{"drawn alone", []result.Cell{{Layout: "drawn", Steps: step(result.StepFailed, nil)}}, verdict.ExitMissed},
	} {
		doc := &result.Layouts{Cells: c.cells}
		if judge(doc); doc.ExitCode != c.want {
			t.Errorf("%s: exit code %d, want %d: %v", c.name, doc.ExitCode, c.want, doc.Reasons)
		}
	}
}
