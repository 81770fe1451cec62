package cutover

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/fingerprint"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/verdict"
)

var epoch = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }

// answer is one that took 10 ms.
func answer(done int, err string) run.Answer {
	return run.Answer{Due: at(done - 10), Done: at(done), Err: err}
}

func TestDowntime(t *testing.T) {
	steady := func(from, to int) (all []run.Answer) {
		for done := from; done <= to; done += 10 {
			all = append(all, answer(done, ""))
		}
		return all
	}
	for _, c := range []struct {
		name    string
		answers []run.Answer
		gap     float64
		failed  int64
	}{
		{"steady", steady(0, 2000), 0.01, 0},
		{"a hole in the middle", slices.Concat(steady(0, 700), steady(1200, 2000)), 0.5, 0},
		{"a hole that began before", slices.Concat(steady(0, 100), steady(900, 2000)), 0.8, 0},
		{"a hole that ended after", slices.Concat(steady(0, 1100), steady(1900, 2000)), 0.8, 0},
		{"failures don't end a hole", slices.Concat(steady(0, 700), []run.Answer{answer(800, "timeout"), answer(900, "timeout")}, steady(1200, 2000)), 0.5, 2},
		{"failures elsewhere", slices.Concat([]run.Answer{answer(100, "timeout")}, steady(0, 2000), []run.Answer{answer(1900, "timeout")}), 0.01, 0},
		{"nothing at all", nil, 1, 0},
		{"an answer that came late", append(steady(0, 2000), run.Answer{Due: at(600), Done: at(900)}), 0.01, 0},
	} {
		d := downtime(c.answers, at(500), at(1500))
		if fmt.Sprintf("%.3f", d.LongestGapSeconds) != fmt.Sprintf("%.3f", c.gap) || d.Failed != c.failed || d.Seconds != 1 {
			t.Errorf("%s: %+v; want a gap of %.2f s and %d failed", c.name, d, c.gap, c.failed)
		}
		if late := c.name == "an answer that came late"; late && d.MaxMillis != 300 || !late && d.Completed > 0 && d.MaxMillis != 10 {
			t.Errorf("%s: longest response %.0f ms", c.name, d.MaxMillis)
		}
	}
}

func TestHeadOf(t *testing.T) {
	for said, want := range map[string]string{
		"c41f7a90d2e6 (head)\n": "c41f7a90d2e6", "INFO [alembic]\nc41f7a90d2e6 (head)\n": "c41f7a90d2e6", "": "", "a1 (head)\nb2 (head)\n": "",
	} {
		if got := headOf(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	tables := func(names ...string) map[string]fingerprint.Table {
		all := map[string]fingerprint.Table{}
		for _, name := range names {
			all[name] = fingerprint.Table{Rows: int64(len(name))}
		}
		return all
	}
	c := &cutover{built: &fingerprint.State{Tables: tables("public.campaigns", "public.alembic_version", "langflow.flow", "langflow.alembic_version")}}
	for name, want := range map[string]string{"public.flow": "langflow.flow", "public.campaigns": "public.campaigns", "public.alembic_version": "langflow.alembic_version", "": ""} {
		if got := c.forthName(name); got != want {
			t.Errorf("%s becomes %s, want %s", name, got, want)
		}
	}
	s := &fingerprint.State{Tables: tables("public.campaigns", "public.alembic_version", "langflow.flow", "langflow.alembic_version")}
	s.Tables[auditTrail] = fingerprint.Table{}
	rows := map[string]int64{}
	for name, table := range backNames(s).Tables {
		rows[name] = table.Rows
	}
	// The one table of revisions is Langflow's again, and an empty audit trail has gone.
	want := map[string]int64{"public.campaigns": 16, "public.flow": 13, "public.alembic_version": int64(len("langflow.alembic_version"))}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
	s.Tables[auditTrail] = fingerprint.Table{Rows: 3}
	if _, there := backNames(s).Tables[auditTrail]; !there {
		t.Error("an audit trail with entries must still be there after a rollback")
	}
}

// good is a document with nothing wrong in it.
func good() *result.Cutover {
	move := func() *result.Move {
		return &result.Move{Seconds: 2, RowsCompared: 100, Downtime: result.Downtime{Completed: 200, LongestGapSeconds: 0.05}}
	}
	forth := move()
	forth.Watched = &result.Exposure{Looks: 20, Tables: []string{}}
	return &result.Cutover{Forth: forth, Back: move(), ProtectWatched: &result.Exposure{Looks: 20}, Load: &result.CutoverLoad{Completed: 500, Acknowledged: 100}, Isolation: &result.Isolation{RowsChecked: 1000, Reaching: 50},
		Objectives: result.CutoverObjectives{BackSecondsMax: 300, GapSecondsMax: 2}}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(d *result.Cutover)
		code   int
		says   string
	}{
		{"good", func(*result.Cutover) {}, verdict.ExitPass, ""},
		{"no rollback asked for", func(d *result.Cutover) { d.Back = nil }, verdict.ExitPass, ""},
		{"a note", func(d *result.Cutover) { d.Findings = []result.Finding{{Severity: result.Note}} }, verdict.ExitPass, ""},
		{"a weakness", func(d *result.Cutover) {
			d.Findings = []result.Finding{{Severity: result.Weakness, Channel: "S08", What: "a function"}}
		}, verdict.ExitFinding, "S08"},
		{"a right too much", func(d *result.Cutover) { d.Forth.Differences, d.Forth.Exposed = []string{"x: grant new"}, true }, verdict.ExitFinding, "grant new"},
		{"a key lost", func(d *result.Cutover) { d.Back.Differences = []string{"x: key lost"} }, verdict.ExitMissed, "rollback: 1 things"},
		{"rows lost", func(d *result.Cutover) { d.Forth.RowsLost = 7 }, verdict.ExitMissed, "cutover: 7 rows lost"},
		{"writes lost", func(d *result.Cutover) { d.Load.Lost = 1 }, verdict.ExitMissed, "1 acknowledged"},
		{"broken keys", func(d *result.Cutover) { d.Back.BrokenKeys = []string{"k: 3 rows"} }, verdict.ExitMissed, "k: 3 rows"},
		{"a gap", func(d *result.Cutover) { d.Back.Downtime.LongestGapSeconds = 2.5 }, verdict.ExitMissed, "2.50 s"},
		{"a failed transaction", func(d *result.Cutover) { d.Forth.Downtime.Failed = 1 }, verdict.ExitMissed, "1 of the load's transactions failed"},
		{"a failed transaction at Langflow's start", func(d *result.Cutover) { d.Protect.Failed = 1 }, verdict.ExitMissed, "Langflow's start"},
		{"a slow rollback", func(d *result.Cutover) { d.Back.Seconds = 301 }, verdict.ExitMissed, "301.0 s"},
		{"dropped", func(d *result.Cutover) { d.Load.Dropped = 2 }, verdict.ExitMissed, "dropped"},
		{"langflow dead", func(d *result.Cutover) { d.LangflowDown.Why = "no" }, verdict.ExitMissed, "after the cutover: no"},
		{"langflow dead after the rollback", func(d *result.Cutover) { d.LangflowDown.Afterwards = "no" }, verdict.ExitMissed, "after the rollback: no"},
		{"migrations stuck", func(d *result.Cutover) { d.Migrations = "no" }, verdict.ExitMissed, "migrations"},
		{"nothing compared", func(d *result.Cutover) { d.Forth.RowsCompared = 0 }, verdict.ExitUnknown, "no row was compared"},
		{"no load", func(d *result.Cutover) { d.Back.Downtime.Completed = 0 }, verdict.ExitUnknown, "rollback: no transaction"},
		{"nothing written", func(d *result.Cutover) { d.Load.Acknowledged = 0 }, verdict.ExitUnknown, "wrote nothing"},
		{"nothing read", func(d *result.Cutover) { d.Isolation.RowsChecked = 0 }, verdict.ExitUnknown, "read no row"},
		{"damaged", func(d *result.Cutover) { d.Isolation.Damaged = 1 }, verdict.ExitUnknown, "neither as seeded"},
		{"not settled", func(d *result.Cutover) { d.Load.NotSettled = "gone" }, verdict.ExitUnknown, "gone"},
		{"not judged", func(d *result.Cutover) { d.Unknown = []string{"attack: no"} }, verdict.ExitUnknown, "attack: no"},
		{"open for a moment", func(d *result.Cutover) { d.Forth.Watched.Tables = []string{"public.leads"} }, verdict.ExitFinding, "without a tenant: public.leads"},
		{"open while Langflow started", func(d *result.Cutover) { d.ProtectWatched.Tables = []string{"langflow.flow"} }, verdict.ExitFinding, "Langflow's start went on"},
		{"nobody watched", func(d *result.Cutover) { d.Forth.Watched.Looks = 0 }, verdict.ExitUnknown, "nobody tried"},
		{"the gravest counts", func(d *result.Cutover) {
			d.Unknown, d.Load.Lost, d.Forth.Differences, d.Forth.Exposed = []string{"x"}, 1, []string{"y"}, true
		}, verdict.ExitFinding, "y"},
	} {
		d := good()
		c.change(d)
		judge(d)
		if d.ExitCode != c.code || c.says == "" && len(d.Reasons) > 0 || c.says != "" && (len(d.Reasons) == 0 || !strings.Contains(d.Reasons[0].What, c.says)) {
			t.Errorf("%s: exit code %d, %+v; want %d and %q", c.name, d.ExitCode, d.Reasons, c.code, c.says)
		}
		if (d.Verdict == result.Pass) != (c.code == verdict.ExitPass) || d.Isolation.Verdict == "" {
			t.Errorf("%s: verdict %s, isolation %s", c.name, d.Verdict, d.Isolation.Verdict)
		}
	}
}
