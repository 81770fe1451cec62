package reports

import (
	"bytes"
	"testing"

	"github.com/engardehq/bulkhead/internal/result"
)

func TestCutover(t *testing.T) {
	move := func(seconds float64, killAt string) *result.Move {
		m := &result.Move{Seconds: seconds, RowsCompared: 1165868, Downtime: result.Downtime{Completed: 130, LongestGapSeconds: 0.0664, MaxMillis: 16.2},
			Quiet:       result.Downtime{Completed: 150, LongestGapSeconds: 0.0481, MaxMillis: 28.4},
			Steps:       []result.MoveStep{{Name: "roles", Seconds: 0.07}, {Name: "langflow tables", Seconds: 0.24, Tables: 63, Tries: 64}},
			Differences: []string{}, BrokenKeys: []string{}}
		if killAt != "" {
			m.Killed, m.KillAt = 1, killAt
		}
		return m
	}
	pass := &result.Cutover{Target: "engarde", From: "before", To: "hardened", Langflow: "1.13.0", Seed: 1, Tenants: 200, Rows: 1165703, Bytes: 512 << 20, Rate: 100, Seconds: 271.4,
		Forth: move(0.94, "at public.deals, with 116 of 191 tables in their new place"), Back: move(0.51, ""), LangflowSeconds: 24.5,
		LangflowDown: result.LangflowDown{WasUp: true, StopSeconds: 3.9, MoveSeconds: 0.94, StartSeconds: 19.6, PolicySeconds: 0.04, BackUpSeconds: 15.9},
		Protect:      result.Downtime{Completed: 1940, LongestGapSeconds: 0.086, MaxMillis: 75}, Verdict: result.Pass,
		Isolation: &result.Isolation{RowsChecked: 22601, Reaching: 457}, Load: &result.CutoverLoad{Completed: 2943, Seconds: 30, Acknowledged: 2017},
		Objectives: result.CutoverObjectives{BackSecondsMax: 300, GapSecondsMax: 2}}
	pass.Forth.Watched, pass.ProtectWatched = &result.Exposure{Looks: 210}, &result.Exposure{Looks: 3400}
	var out bytes.Buffer
	if err := Cutover(&out, pass); err != nil {
		t.Fatal(err)
	}
	golden(t, "cutover-pass", out.String())

	bad := *pass
	bad.Back, bad.Forth = nil, move(4.2, "")
	bad.Forth.RowsLost, bad.Forth.Exposed = 3, true
	bad.Forth.Differences = []string{"public.contacts: policy lost: tenant_isolation", "public.leads: rows lost: 10, was 13"}
	bad.Forth.BrokenKeys = []string{"public.leads leads_contact_id_fkey: 2 rows"}
	bad.Forth.Downtime.Failed = 2
	bad.Load = &result.CutoverLoad{Completed: 900, Failed: 2, Seconds: 12, Acknowledged: 300, Lost: 1, Errors: map[string]int64{"SQLSTATE 40P01": 1, "timeout": 1}}
	bad.LangflowDown = result.LangflowDown{MoveSeconds: 4.2, StartSeconds: 90, Why: "it ended by itself"}
	bad.Migrations = "Can't locate revision"
	bad.Findings = []result.Finding{{Severity: result.Leak}, {Severity: result.Weakness}, {Severity: result.Note}}
	bad.Verdict, bad.ExitCode = result.Fail, 1
	bad.Reasons = []result.Reason{{Status: result.Fail, ExitCode: 1, What: "cutover: 2 things are not as they should be: public.contacts: policy lost: tenant_isolation; public.leads: rows lost: 10, was 13"}}
	out.Reset()
	if err := Cutover(&out, &bad); err != nil {
		t.Fatal(err)
	}
	golden(t, "cutover-fail", out.String())
}
