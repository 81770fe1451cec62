package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Kind is what a document is about, as the verb that makes it is called.
type Kind string

// The kinds of documents.
const (
	KindRun     Kind = "run"
	KindAudit   Kind = "audit"
	KindAttack  Kind = "attack"
	KindDrill   Kind = "drill"
	KindLayouts Kind = "layouts"
	KindCutover Kind = "cutover"
	KindSignoff Kind = "signoff"
	KindCost    Kind = "cost"
	KindCompare Kind = "compare"
	KindGate    Kind = "gate"
)

// Document is any document that bulkhead writes.
type Document struct {
	Kind   Kind
	Doc    any    // a pointer to the type of its kind: *Run, *Examination, *Drill, *Layouts, *Cutover, *Signoff, *Cost, *Comparison, *Gate
	Raw    []byte // as it was read; nil for one that was not
	Name   string // of its file, without folder
	Beside fs.FS  // the folder that it lies in, for the files that it names; nil for a document that lies in none
}

// keysOf tell the kinds apart: no other kind has all of these keys at its top.
var keysOf = []struct {
	kind Kind
	keys []string
}{
	{KindRun, []string{"stack", "seeding", "load", "isolation"}},
	{KindDrill, []string{"mutants", "false_alarms"}},
	{KindAudit, []string{"kind", "checks", "findings"}},
	{KindLayouts, []string{"cells"}},
	{KindCutover, []string{"forth", "objectives"}},
	{KindSignoff, []string{"metrics", "documents"}},
	{KindCost, []string{"plans", "sensitivity"}},
	{KindCompare, []string{"contrasts", "rule"}},
	{KindGate, []string{"allowances", "runs"}},
}

// ReadAny reads a document of whatever kind. The error is os.ErrNotExist where there is none.
func ReadAny(path string) (*Document, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	d, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d.Name, d.Beside = filepath.Base(path), os.DirFS(filepath.Dir(path))
	return d, nil
}

// Parse is ReadAny for what was read already.
func Parse(data []byte) (*Document, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("not a document of bulkhead's: %w", wherein(data, err))
	}
	var version int
	if raw, there := top["schema_version"]; !there || json.Unmarshal(raw, &version) != nil {
		return nil, errors.New("not a document of bulkhead's: it has no schema_version; want run.json or another that bulkhead wrote")
	}
	if version != SchemaVersion {
		return nil, fmt.Errorf("it has schema version %d; this bulkhead reads version %d", version, SchemaVersion)
	}
	d := &Document{Kind: kindOf(top), Raw: data}
	if d.Doc = newOf(d.Kind); d.Doc == nil {
		return nil, errors.New("not a document that bulkhead knows: it is neither of a run nor of an audit, attack, drill, layouts, cutover, sign-off, cost, comparison or gate")
	}
	if err := json.Unmarshal(data, d.Doc); err != nil {
		return nil, fmt.Errorf("%s document: %w", d.Kind, wherein(data, err))
	}
	return d, d.sound()
}

func newOf(k Kind) any {
	switch k {
	case KindRun:
		return new(Run)
	case KindAudit:
		return new(Examination)
	case KindDrill:
		return new(Drill)
	case KindLayouts:
		return new(Layouts)
	case KindCutover:
		return new(Cutover)
	case KindSignoff:
		return new(Signoff)
	case KindCost:
		return new(Cost)
	case KindCompare:
		return new(Comparison)
	case KindGate:
		return new(Gate)
	}
	return nil
}

// sound refuses what would be drawn as something that it isn't: a report shows the verdict that the document has.
func (d *Document) sound() error {
	var verdict Status
	var code int
	switch doc := d.Doc.(type) {
	case *Run:
		verdict, code = doc.Verdict, doc.ExitCode
	case *Examination:
		if d.Kind = Kind(doc.Kind); d.Kind != KindAudit && d.Kind != KindAttack {
			return fmt.Errorf("kind: %q is neither audit nor attack", doc.Kind)
		}
		verdict, code = doc.Verdict, doc.ExitCode
	case *Drill:
		verdict, code = doc.Verdict, doc.ExitCode
	default:
		return nil
	}
	if verdict != Pass && verdict != Fail && verdict != Unknown {
		return fmt.Errorf("verdict: %q is none; one of %s, %s, %s", verdict, Pass, Fail, Unknown)
	}
	if (verdict == Pass) != (code == 0) {
		return fmt.Errorf("verdict %s and exit_code %d contradict each other", verdict, code)
	}
	return nil
}

func kindOf(top map[string]json.RawMessage) Kind {
	for _, k := range keysOf {
		all := true
		for _, key := range k.keys {
			_, there := top[key]
			all = all && there
		}
		if all {
			return k.kind
		}
	}
	return ""
}

// wherein adds the place to an error of package json, which a person can look up in an editor.
func wherein(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	at := int64(-1)
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		return fmt.Errorf("line %d: %s: a %s where a %s belongs", line(data, kind.Offset), kind.Field, kind.Value, kind.Type)
	case errors.Is(err, io.ErrUnexpectedEOF):
		at = int64(len(data))
	}
	if at < 0 {
		return err
	}
	return fmt.Errorf("line %d: %w", line(data, at), err)
}

func line(data []byte, offset int64) int {
	return 1 + strings.Count(string(data[:min(int(offset), len(data))]), "\n")
}
