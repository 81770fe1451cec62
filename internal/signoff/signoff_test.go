package signoff

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/cost"
	"github.com/engardehq/bulkhead/internal/layouts"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/scenarios"
)

// options are of the shipped target, into a folder of the test's own.
func options(t *testing.T) Options {
	t.Helper()
	shipped, err := run.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(fixtures.FS, "engarde/cost.yaml")
	if err != nil {
		t.Fatal(err)
	}
	prices, err := cost.Parse("cost.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Run: run.Options{Target: shipped, Out: filepath.Join(t.TempDir(), "signoff"), Version: "v1", Scenario: scenarios.Scenario{Name: "signoff", Seed: 1}},
		Layout: migrate.Hardened, Prices: prices, Commit: "abc", Log: t.Logf}
}

// earlier writes the documents of an earlier call into a folder.
func earlier(t *testing.T, o Options, folder string, spoil func(*result.Run, *result.Layouts, *result.Cutover)) {
	t.Helper()
	hash, err := o.Run.Target.Hash()
	if err != nil {
		t.Fatal(err)
	}
	r := &result.Run{SchemaVersion: result.SchemaVersion, Version: "v1", Seed: 1, Scenario: result.Scenario{Name: "signoff"}, Target: result.Target{Name: "engarde", Layout: "hardened", Hash: hash},
		Stack: result.Stack{Services: []result.Service{{Name: "postgres", Version: "15.20", Started: true}}}, Verdict: result.Pass}
	l := &result.Layouts{SchemaVersion: result.SchemaVersion, Version: "v1", Target: "engarde", TargetHash: hash, Cells: layouts.Cells(), Verdict: result.Pass}
	c := &result.Cutover{SchemaVersion: result.SchemaVersion, Version: "v1", Target: "engarde", TargetHash: hash, From: "before", To: "hardened", Forth: &result.Move{}, Back: &result.Move{}, Verdict: result.Pass}
	if spoil != nil {
		spoil(r, l, c)
	}
	for name, doc := range map[string]any{"run.json": r, "layouts.json": l, "cutover.json": c} {
		data, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, strings.TrimSuffix(name, ".json"), name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// What was done is not done again: no server is started here. The documents are filed beside the sign-off, with their sums.
func TestTakenOver(t *testing.T) {
	for _, way := range []string{"from a folder", "where an earlier call ended"} {
		o := options(t)
		if way == "from a folder" {
			o.From = []string{t.TempDir()}
			earlier(t, o, o.From[0], nil)
		} else {
			o.Resume = true
			earlier(t, o, o.Run.Out, nil)
		}
		s, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		saved, err := result.ReadSignoff(filepath.Join(o.Run.Out, Document))
		if err != nil {
			t.Fatal(err)
		}
		if saved.Commit != "abc" || saved.TargetHash == "" || len(saved.Metrics) != 18 || saved.Verdict != s.Verdict || saved.Services[0].Version != "15.20" {
			t.Errorf("%s: saved as %+v", way, saved)
		}
		// Nothing is in them, so nothing that they would have to show passes.
		for _, m := range s.Metrics {
			if m.Status == result.Pass && m.Evidence[0].File != "cost.json" {
				t.Errorf("%s: %s passes: %s", way, m.Name, m.Measured)
			}
		}
		if s.ExitCode == 0 {
			t.Errorf("%s: %s", way, s.Verdict)
		}
		for _, d := range s.Documents {
			if d.Kind != "cost" && d.From == "" {
				t.Errorf("%s: %s was made", way, d.File)
			}
			if got, err := sum(filepath.Join(o.Run.Out, d.File)); err != nil || got != d.SHA256 {
				t.Errorf("%s: %s has the sum %s, not %s (%v)", way, d.File, got, d.SHA256, err)
			}
		}
	}
}

// A document of something else is not evidence.
func TestNotTakenOver(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*result.Run, *result.Layouts, *result.Cutover)
		kind  int // part that has to be done anew
		why   string
	}{
		"another bulkhead": {func(r *result.Run, _ *result.Layouts, _ *result.Cutover) { r.Version = "v0" }, 0, "another bulkhead (v0)"},
		"another target":   {func(_ *result.Run, l *result.Layouts, _ *result.Cutover) { l.TargetHash = "x" }, 1, "another target"},
		"no hash":          {func(r *result.Run, _ *result.Layouts, _ *result.Cutover) { r.Target.Hash = "" }, 0, "another target"},
		"another layout":   {func(r *result.Run, _ *result.Layouts, _ *result.Cutover) { r.Target.Layout = "drawn" }, 0, "layout drawn"},
		"another seed":     {func(r *result.Run, _ *result.Layouts, _ *result.Cutover) { r.Seed = 2 }, 0, "seed 2"},
		"some cells":       {func(_ *result.Run, l *result.Layouts, _ *result.Cutover) { l.Cells = l.Cells[:len(l.Cells)-1] }, 1, "is not in it"},
		"another schema":   {func(_ *result.Run, l *result.Layouts, _ *result.Cutover) { l.SchemaVersion = 99 }, 1, "schema version 99"},
		"no way back":      {func(_ *result.Run, _ *result.Layouts, c *result.Cutover) { c.Back = nil }, 2, "and back"},
		"another way":      {func(_ *result.Run, _ *result.Layouts, c *result.Cutover) { c.To = "drawn" }, 2, "doesn't lead to layout hardened"},
	} {
		o := options(t)
		o.From = []string{t.TempDir()}
		earlier(t, o, o.From[0], c.spoil)
		var said strings.Builder
		o.Log = func(format string, args ...any) { fmt.Fprintf(&said, format+"\n", args...) }
		x := &signoff{Options: o}
		var err error
		if x.hash, err = o.Run.Target.Hash(); err != nil {
			t.Fatal(err)
		}
		for i, p := range x.parts()[:3] {
			a, _, err := x.takeOver(p, filepath.Join(o.Run.Out, p.file))
			if err != nil {
				t.Fatal(err)
			}
			if taken := a != nil; taken == (i == c.kind) {
				t.Errorf("%s: %s taken over: %v", name, p.kind, taken)
			}
		}
		if !strings.Contains(said.String(), c.why) {
			t.Errorf("%s: nothing says %q:\n%s", name, c.why, said.String())
		}
	}
}

// A sign-off that ends early leaves none, least of all an older one.
func TestNoOldVerdict(t *testing.T) {
	o := options(t)
	if err := os.MkdirAll(o.Run.Out, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{Document, Markdown, HTML} {
		if err := os.WriteFile(filepath.Join(o.Run.Out, name), []byte("ready"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, o); err == nil {
		t.Fatal("a sign-off without anything done")
	}
	for _, name := range []string{Document, Markdown, HTML} {
		if _, err := os.Stat(filepath.Join(o.Run.Out, name)); !os.IsNotExist(err) {
			t.Errorf("%s is still there (%v)", name, err)
		}
	}
}

// Where a layout is not the one to be run, what leads there is not done, and says so.
func TestOtherLayouts(t *testing.T) {
	o := options(t)
	o.Layout, o.From = migrate.Drawn, []string{t.TempDir()}
	earlier(t, o, o.From[0], nil)
	s, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"hardened alone, not on drawn", "", "hardened alone, not to drawn", ""} {
		if d := s.Documents[i]; (d.Why == "") != (want == "") || !strings.Contains(d.Why, want) || (d.File == "") == (want == "") {
			t.Errorf("%s: %+v", d.Kind, d)
		}
	}
	if s.Services[0].Name != "langflow" || !strings.Contains(s.Services[0].Version, "1.0.18") || s.Machine.Cores == 0 {
		t.Errorf("made on %+v, %+v", s.Services, s.Machine)
	}
}
