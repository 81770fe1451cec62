package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/reports"
)

// everyReport makes each report of a run twice, to standard output and to a file, and holds the document against its schema.
func everyReport(t *testing.T, folder string) {
	t.Helper()
	doc := filepath.Join(folder, "run.json")
	for _, name := range reports.FormatNames(result.KindRun) {
		var out, says bytes.Buffer
		if code := execute(context.Background(), []string{"report", doc, "--format", name}, &out, &says); code != exitPass || out.Len() == 0 {
			t.Errorf("%s: exit code %d, %d bytes: %s", name, code, out.Len(), says.String())
			continue
		}
		file := filepath.Join(t.TempDir(), "report")
		if code := execute(context.Background(), []string{"report", doc, "--format", name, "--out", file}, &says, &says); code != exitPass {
			t.Errorf("%s: exit code %d: %s", name, code, says.String())
		}
		if again, err := os.ReadFile(file); err != nil || !bytes.Equal(again, out.Bytes()) {
			t.Errorf("%s is another the second time, or not there: %v", name, err)
		}
		if written, err := os.ReadFile(doc); name == "json" && (err != nil || !bytes.Equal(written, out.Bytes())) {
			t.Errorf("json isn't run.json: %v", err)
		}
	}
	var page bytes.Buffer
	if code := execute(context.Background(), []string{"report", doc, "--format", "html"}, &page, &page); code != exitPass || !bytes.Equal(mustRead(t, filepath.Join(folder, "report.html")), page.Bytes()) {
		t.Error("the page that the run wrote isn't that of its document")
	}
	parsed := make([]any, 2)
	for i, text := range [][]byte{result.Schema(), mustRead(t, doc)} {
		var err error
		if parsed[i], err = jsonschema.UnmarshalJSON(bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("run.json", parsed[0]); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("run.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(parsed[1]); err != nil {
		t.Errorf("run.json isn't as its schema says: %v", err)
	}
}

func TestReportsBesideARun(t *testing.T) {
	folder := t.TempDir()
	doc := &result.Run{SchemaVersion: result.SchemaVersion, Verdict: result.Fail, ExitCode: exitLeak}
	if err := doc.Save(filepath.Join(folder, "run.json")); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(folder, "pr.md")
	all, err := reportsWanted([]string{"junit", "markdown=" + own})
	if err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	if err := all.write(&told, folder); err != nil {
		t.Fatal(err)
	}
	junit := filepath.Join(folder, "junit.xml")
	if want := "Written: " + junit + "\nWritten: " + own + "\n"; !strings.HasSuffix(told.String(), want) {
		t.Errorf("%q, want at its end %q", told.String(), want)
	}
	if !bytes.HasPrefix(mustRead(t, junit), []byte("<?xml")) || !bytes.HasPrefix(mustRead(t, own), []byte("## bulkhead: FAIL")) {
		t.Error("the reports aren't what was asked for")
	}
	if err := all.write(&told, filepath.Join(folder, "nowhere")); err == nil {
		t.Error("no error where there is no run.json")
	}
}

func mustRead(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
