package drill

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/internal/mutants"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
)

func ids(all []mutants.Mutant) (out []string) {
	for _, m := range all {
		out = append(out, m.ID)
	}
	return out
}

func TestChoose(t *testing.T) {
	all := []mutants.Mutant{{ID: "S04-a", Channel: "S04", Scope: mutants.Database}, {ID: "S02-b", Channel: "S02", Scope: mutants.Cluster},
		{ID: "benign-c", Channel: "S04", Scope: mutants.Database, Benign: "because"}}
	for only, want := range map[string]string{"": "S04-a S02-b benign-c", "S04": "S04-a benign-c", "S02-b": "S02-b", "cluster": "S02-b", "benign": "benign-c", "S02,S04-a": "S04-a S02-b"} {
		got, err := choose(all, strings.FieldsFunc(only, func(r rune) bool { return r == ',' }))
		if err != nil || strings.Join(ids(got), " ") != want {
			t.Errorf("--only %s: %v %v, want %s", only, ids(got), err, want)
		}
	}
	if _, err := choose(all, []string{"S04", "S99"}); !errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), "S99") {
		t.Errorf("a name that nothing has: %v", err)
	}
}

func TestAloneAndSideBySide(t *testing.T) {
	beside, alone, served := apart([]mutants.Mutant{{ID: "d", Scope: mutants.Langflow}, {ID: "a", Scope: mutants.Database}, {ID: "b", Scope: mutants.Redis}, {ID: "c", Scope: mutants.Database, Dose: 0.01}})
	if got := strings.Join(ids(beside), " ") + "|" + strings.Join(ids(alone), " ") + "|" + strings.Join(ids(served), " "); got != "a|b c|d" {
		t.Errorf("got %s", got)
	}
}

func TestJournalGoesOn(t *testing.T) {
	folder := t.TempDir()
	m := mutants.Mutant{ID: "S04-a", Channel: "S04", Apply: []string{"SELECT 1;"}}
	doc := result.Drill{TargetHash: "h", Version: "v"}
	if _, err := openJournal(folder, doc, true); !errors.Is(err, ErrOptions) {
		t.Errorf("--resume without a journal: %v", err)
	}
	j, err := openJournal(folder, doc, false)
	if err != nil {
		t.Fatal(err)
	}
	done := result.Drilled{ID: m.ID, Channel: "S04", Outcome: result.Survived, Hash: hash(m), Detectors: []result.Detector{}}
	if err := j.add(done); err != nil {
		t.Fatal(err)
	}
	if err := j.add(result.Drilled{ID: "S04-b", Outcome: result.Unjudged}); err != nil {
		t.Fatal(err)
	}
	j.close()
	file, err := os.OpenFile(filepath.Join(folder, "drill.journal"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"id":"S04-c","outc`); err != nil { // killed in mid-line
		t.Fatal(err)
	}
	file.Close()

	j, err = openJournal(folder, doc, true)
	if err != nil {
		t.Fatal(err)
	}
	j.close()
	got, ok := j.judged(m)
	if diff := cmp.Diff(done, got); !ok || diff != "" {
		t.Errorf("what was judged before: %v (-want +got)\n%s", ok, diff)
	}
	changed := m
	changed.Apply = []string{"SELECT 2;"}
	if _, ok := j.judged(changed); ok {
		t.Error("the result of a mutant that was changed since was taken over")
	}
	if _, ok := j.judged(mutants.Mutant{ID: "S04-b"}); ok {
		t.Error("one that could not be judged is not tried again")
	}
	for _, other := range []result.Drill{{TargetHash: "other", Version: "v"}, {TargetHash: "h", Version: "w"}} {
		if _, err := openJournal(folder, other, true); !errors.Is(err, ErrOptions) {
			t.Errorf("the journal of another target or version: %v", err)
		}
	}
}

const ini = "; a pooler\n[databases]\nengarde = host=127.0.0.1 port=5432 dbname=engarde\n\n[pgbouncer]\nlisten_port = 1\npool_mode = transaction\n"

func TestPoolerText(t *testing.T) {
	p := &pooler{original: ini, entry: "host=127.0.0.1 port=5432 dbname=engarde", base: "engarde"}
	if p.text() != ini {
		t.Errorf("without copies and settings it isn't as it was:\n%s", p.text())
	}
	p.copies = []string{"copy_1"}
	p.settings = []mutants.Setting{{Name: "pool_mode", Value: "session"}, {Name: "server_reset_query", Value: ""}, {Name: "databases.user", Value: "somebody"}}
	want := "; a pooler\n[databases]\ncopy_1 = host=127.0.0.1 port=5432 dbname=copy_1 user=somebody\nengarde = host=127.0.0.1 port=5432 dbname=engarde\n\n" +
		"[pgbouncer]\npool_mode = session\nserver_reset_query = \nlisten_port = 1\n"
	if diff := cmp.Diff(want, p.text()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestChangeOfTheApplication(t *testing.T) {
	shipped, err := run.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	trial := run.Trial{Options: run.Options{Target: shipped}}
	for _, s := range []mutants.Setting{{Name: "tenancy.set", Value: "SELECT $1"}, {Name: "cached_flows.cache.key", Value: "app:all"}, {Name: "cached_flows.cache.ttl", Value: "0s"}} {
		if err := change(&trial, s); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	find := func(t run.Target) ops.Spec {
		return t.Ops[slices.IndexFunc(t.Ops, func(s ops.Spec) bool { return s.Name == "cached_flows" })]
	}
	changed, kept := find(trial.Target), find(shipped)
	if changed.Cache.Key != "app:all" || changed.Cache.TTL != 0 || trial.Target.Tenancy.Set != "SELECT $1" {
		t.Errorf("not changed: %+v", changed.Cache)
	}
	if kept.Cache.Key == "app:all" || kept.Cache.TTL != 5*time.Minute || shipped.Tenancy.Set == "SELECT $1" {
		t.Errorf("the target that all others use was changed: %+v", kept.Cache)
	}
	for _, s := range []mutants.Setting{{Name: "cached_flows.cache.ttl", Value: "soon"}, {Name: "tenant_flows.cache.key", Value: "x"}, {Name: "colour", Value: "red"}} {
		if change(&trial, s) == nil {
			t.Errorf("%s = %s passed", s.Name, s.Value)
		}
	}
}

func TestSum(t *testing.T) {
	killed := result.Drilled{ID: "S04-a", Channel: "S04", Outcome: result.KilledByIntended}
	other := result.Drilled{ID: "S05-b", Channel: "S05", Outcome: result.KilledByAnother}
	same := result.Drilled{ID: "equivalent-c", Channel: "S05", Outcome: result.IsEquivalent}
	silent := result.Drilled{ID: "benign-d", Channel: "S05", Outcome: result.Silent, Benign: true}
	before := result.Drilled{ID: "baseline before", Outcome: result.Silent}
	good := []result.Drilled{killed, other, same, silent, before}
	for name, at := range map[string]struct {
		more []result.Drilled
		code int
	}{
		"all noticed":     {nil, 0},
		"a survivor":      {[]result.Drilled{{ID: "S06-e", Channel: "S06", Outcome: result.Survived}, {ID: "S06-f", Outcome: result.Unjudged}}, 1},
		"a false alarm":   {[]result.Drilled{{ID: "baseline after", Outcome: result.FalseAlarm, Detectors: []result.Detector{{}}}}, 1},
		"not judged":      {[]result.Drilled{{ID: "S06-f", Channel: "S06", Outcome: result.Unjudged}}, 4},
		"a dose too rare": {[]result.Drilled{{ID: "S05-g", Channel: "S05", Outcome: result.NotAsPredicted, Dose: &result.Dose{}}}, 1},
	} {
		d := &result.Drill{Results: append(slices.Clone(good), at.more...)}
		sum(d)
		if d.ExitCode != at.code {
			t.Errorf("%s: exit code %d, want %d", name, d.ExitCode, at.code)
		}
		if d.Killed != 2 || d.KilledByIntended != 1 || d.Equivalent != 1 || d.Benign != 1 || d.Mutants != 2+len(d.Survived) {
			t.Errorf("%s: counted wrongly: %+v", name, d)
		}
	}
	empty := &result.Drill{}
	if sum(empty); empty.ExitCode != 4 {
		t.Errorf("a drill of nothing: exit code %d, want 4", empty.ExitCode)
	}
}

func TestNews(t *testing.T) {
	d := &drill{}
	leak := found{byAudit, result.Finding{Channel: "S04", Severity: result.Leak, What: "w", Where: "t"}}
	note := found{byAudit, result.Finding{Channel: "S17", Severity: result.Note, What: "n", Where: "t"}}
	if got := d.news([]found{leak, note}, nil); len(got) != 1 || got[0].Channel != "S04" {
		t.Errorf("got %v, want the leak alone", got)
	}
	if got := d.news([]found{leak}, map[string]bool{leak.key(): true}); len(got) != 0 {
		t.Errorf("what the healthy stack has too kills: %v", got)
	}
}
