package target

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/engardehq/bulkhead/fixtures"
)

func hints() Seed {
	return Seed{
		References: map[string]string{"langflow.flow_id": "langflow.flow", "langflow.job_id": "langflow.job"},
		Tables: map[string]SeedTable{
			"langflow.flow": {Weight: 8, Columns: map[string]SeedColumn{"icon": {Kind: "null"}, "locked": {Kind: "false"}}},
			"langflow.job":  {Columns: map[string]SeedColumn{"status": {Choices: []string{"completed"}}}},
		},
		Lacking: map[string][]string{"1.0.18": {"langflow.flow.locked", "langflow.job"}},
	}
}

func TestHintsForAVersion(t *testing.T) {
	old, err := hints().For("1.0.18")
	if err != nil {
		t.Fatal(err)
	}
	want := Seed{
		References: map[string]string{"langflow.flow_id": "langflow.flow"},
		Tables:     map[string]SeedTable{"langflow.flow": {Weight: 8, Columns: map[string]SeedColumn{"icon": {Kind: "null"}}}},
		Lacks:      []string{"langflow.flow.locked", "langflow.job"},
	}
	if d := cmp.Diff(want, old); d != "" {
		t.Errorf("for the version that lacks some:\n%s", d)
	}
	all := hints()
	current, err := all.For("1.13.0")
	if err != nil {
		t.Fatal(err)
	}
	want = hints()
	want.Lacking = nil
	if d := cmp.Diff(want, current, nilIsEmpty); d != "" {
		t.Errorf("for one that has all:\n%s", d)
	}
	if d := cmp.Diff(hints(), all); d != "" {
		t.Errorf("they were changed themselves:\n%s", d)
	}
}

var nilIsEmpty = cmp.Transformer("names", func(s []string) string { return strings.Join(s, " ") })

func TestLackingIsNoPlaceForATypo(t *testing.T) {
	for _, name := range []string{"langflow.jobs", "langflow.flow.lokced", "flow", ""} {
		s := hints()
		s.Lacking["1.0.18"] = append(s.Lacking["1.0.18"], name)
		for _, version := range []string{"1.0.18", "1.13.0"} {
			if _, err := s.For(version); err == nil || !strings.Contains(err.Error(), "no hint about "+name) {
				t.Errorf("%q for %s: %v", name, version, err)
			}
		}
	}
}

func TestSettingsOfAVersion(t *testing.T) {
	l := Langflow{Env: map[string]string{"A": "1", "B": "1"}, Versions: map[string]map[string]string{"old": {"B": "2", "C": "3"}}}
	for version, want := range map[string]map[string]string{"old": {"A": "1", "B": "2", "C": "3"}, "new": {"A": "1", "B": "1"}} {
		if d := cmp.Diff(want, l.Settings(version)); d != "" {
			t.Errorf("%s:\n%s", version, d)
		}
	}
}

// TestShippedVersions holds the shipped files together: what they say of a version is of one that there is.
func TestShippedVersions(t *testing.T) {
	got, err := Load(fixtures.FS, "engarde")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Seed.Lacking) == 0 || len(got.Langflow.Versions) == 0 {
		t.Fatal("nothing is said of any version")
	}
	for version := range got.Seed.Lacking {
		if _, err := got.Seed.For(version); err != nil {
			t.Error(err)
		}
		if _, err := fixtures.FS.ReadFile("langflow/requirements-" + version + ".txt"); err != nil {
			t.Error(err)
		}
	}
	for version := range got.Langflow.Versions {
		if _, err := fixtures.FS.ReadFile("langflow/requirements-" + version + ".txt"); err != nil {
			t.Error(err)
		}
	}
}
