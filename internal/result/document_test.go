package result

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadAny(t *testing.T) {
	folder := t.TempDir()
	kinds := map[Kind]interface{ Save(string) error }{
		KindRun: &Run{SchemaVersion: 1, Verdict: Pass}, KindDrill: &Drill{SchemaVersion: 1, Verdict: Fail, ExitCode: 1}, KindLayouts: &Layouts{SchemaVersion: 1},
		KindCutover: &Cutover{SchemaVersion: 1}, KindSignoff: &Signoff{SchemaVersion: 1}, KindCost: &Cost{SchemaVersion: 1}, KindCompare: &Comparison{SchemaVersion: 1},
		KindGate: &Gate{SchemaVersion: 1},
	}
	for kind, doc := range kinds {
		file := filepath.Join(folder, string(kind)+".json")
		if err := doc.Save(file); err != nil {
			t.Fatal(err)
		}
		d, err := ReadAny(file)
		if err != nil || d.Kind != kind || d.Name != string(kind)+".json" {
			t.Errorf("%s: %+v, %v", kind, d, err)
			continue
		}
		if _, err := fs.Stat(d.Beside, d.Name); err != nil {
			t.Errorf("%s: its folder isn't beside it: %v", kind, err)
		}
	}
	for _, kind := range []Kind{KindAudit, KindAttack} {
		d, err := Parse([]byte(`{"schema_version": 1, "kind": "` + string(kind) + `", "checks": [], "findings": [], "verdict": "pass", "exit_code": 0}`))
		if err != nil || d.Kind != kind {
			t.Errorf("%s: %+v, %v", kind, d, err)
		}
	}
	if _, err := ReadAny(filepath.Join(folder, "none.json")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none.json: no such file") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "short.json"), []byte("{\n\"schema_version\": 1,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadAny(filepath.Join(folder, "short.json")); err == nil || !strings.Contains(err.Error(), "short.json: not a document of bulkhead's: line 3: unexpected end") {
		t.Errorf("%v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	run := func(rest string) string {
		return "{\"schema_version\": 1,\n\"stack\": {}, \"seeding\": {}, \"load\": {}, \"isolation\": {}" + rest + "}"
	}
	for text, says := range map[string]string{
		``:                        "not a document",
		`[]`:                      "not a document",
		`{}`:                      "it has no schema_version",
		`{"schema_version": "1"}`: "it has no schema_version",
		`{"schema_version": 2}`:   "it has schema version 2; this bulkhead reads version 1",
		`{"schema_version": 1}`:   "not a document that bulkhead knows",
		`{"schema_version": 1, "kind": "review", "checks": [], "findings": []}`: `kind: "review" is neither audit nor attack`,
		run(``):                      `verdict: "" is none; one of pass, fail, unknown`,
		run(`, "verdict": "passed"`): `verdict: "passed" is none`,
		run(`, "verdict": "pass", "exit_code": 1`):           "verdict pass and exit_code 1 contradict each other",
		run(`, "verdict": "fail", "exit_code": 0`):           "verdict fail and exit_code 0 contradict each other",
		run(",\n\"verdict\": \"pass\", \"findings\": \"x\""): "line 3: findings: a string where a []result.Finding belongs",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
