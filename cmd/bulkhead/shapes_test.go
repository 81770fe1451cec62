package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
)

// TestShapes drives each kind of load against real servers, and ends one at its first leak.
func TestShapes(t *testing.T) {
	needsServers(t)
	before := look(t)
	dir := t.TempDir()
	write := func(name, load string) string {
		text := "name: " + name + "\ntarget: engarde\ntenants: 20\nrows: 20_000\nlargest_tenant: 20%\nwithout: [langflow]\nload:\n  " +
			"reach: 10%\n  warmup: 500ms\n  connections: 8\n  mix: {campaign_load: 1, campaign_write: 1}\n  " + load + "\nobjectives: {response_p95: 10s, service_p95: 10s}\nattack: none\naudit: false\n"
		file := filepath.Join(dir, name+".yaml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	staged := write("staged", "stages: [{at: 50/s, for: 2s}, {to: 300/s, over: 2s}, {at: 100/s, for: 2s}]\n  tenants: {hot: 2, share: 80%}")
	closed := write("closed", "users: 10\n  think: 50ms\n  duration: 5s")
	stackFile := filepath.Join(dir, "stack.json")
	must(t, bulkhead(t, "up", "--scenario", staged, "--out", dir), exitPass)
	t.Cleanup(func() {
		must(t, bulkhead(t, "down", "--stack", stackFile), exitPass)
		nothingLeft(t, before, 20*time.Second)
	})
	run := func(scenario string, code []int, flags ...string) (*result.Run, string) {
		out := filepath.Join(dir, "out")
		_, text := must(t, bulkhead(t, append([]string{"run", "--stack", stackFile, "--scenario", scenario, "--out", out}, flags...)...), code...)
		return readRun(t, out), text
	}
	measured := []int{exitPass, exitObjective, exitUnknown} // a busy machine is slow, or too busy to say

	t.Run("stages", func(t *testing.T) {
		doc, text := run(staged, measured)
		s := doc.Load.Stages
		if len(s) != 3 || doc.Scenario.Model != result.Open || doc.Isolation.Foreign > 0 || !strings.Contains(text, "50/s to 300/s") {
			t.Fatalf("%+v\n%s", s, text)
		}
		// Of 100, 350 and 200 due, less a tenth that reaches.
		for i, want := range []int64{90, 315, 180} {
			if s[i].Count < want*7/10 || s[i].Count > want*13/10 {
				t.Errorf("stage %d: %d executions, want about %d", i, s[i].Count, want)
			}
		}
		tenants := doc.Load.Tenants
		if all := s[0].Count + s[1].Count + s[2].Count; tenants.CountMax < all*3/10 || tenants.Served < 10 || len(tenants.WorstByMax) != 10 {
			t.Errorf("two of twenty get four fifths of %d: %+v", all, tenants)
		}
		if c := doc.Load.Classes; len(c) != 3 || c[0].Tenants != 10 || c[2].Tenants != 1 || c[2].RowsMin < c[0].RowsMax || c[2].Count < c[0].Count {
			t.Errorf("classes %+v", c)
		}
	})
	t.Run("closed loop", func(t *testing.T) {
		doc, text := run(closed, measured)
		l := doc.Load
		// Ten users who pause for 50 ms ask 200 times a second at most.
		if doc.Scenario.Model != result.Closed || l.AchievedPerSecond > 205 || l.Completed < 100 || !strings.Contains(text, "coordinated omission") {
			t.Errorf("%+v\n%s", l, text)
		}
		for _, reason := range doc.Reasons {
			if strings.HasPrefix(reason.What, "invalid") {
				t.Errorf("a closed loop is judged as a schedule: %s", reason.What)
			}
		}
	})
	t.Run("fail fast", func(t *testing.T) {
		st, err := stack.Load(context.Background(), stackFile)
		if err != nil {
			t.Fatal(err)
		}
		psql, err := pgx.Connect(context.Background(), st.DSN.Direct["postgres"].Reveal())
		if err != nil {
			t.Fatal(err)
		}
		defer psql.Close(context.Background())
		if _, err := psql.Exec(context.Background(), "ALTER TABLE public.campaigns DISABLE ROW LEVEL SECURITY"); err != nil {
			t.Fatal(err)
		}
		for _, scenario := range []string{staged, closed} {
			began := time.Now()
			doc, text := run(scenario, []int{exitLeak}, "--fail-fast")
			if doc.Load.EndedEarly == "" || doc.Load.Interrupted || doc.Load.MeasuredSeconds > 3 || doc.Isolation.Foreign == 0 || !strings.Contains(text, "fail_fast") {
				t.Errorf("after %s: %+v\n%s", time.Since(began), doc.Load, text)
			}
		}
	})
}
