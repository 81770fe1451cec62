package reports

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/engardehq/bulkhead/internal/result"
)

// TestJUnitAgainstItsSchema has libxml2 hold each file against the schema of Jenkins' reader.
func TestJUnitAgainstItsSchema(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("xmllint is missing: scripts/deps tests installs it (Debian's libxml2-utils)")
		}
		t.Skip("needs xmllint, from Debian's libxml2-utils")
	}
	schema := filepath.Join("testdata", "schemas", "junit-10.xsd")
	valid := func(text []byte) (string, bool) {
		check := exec.Command(xmllint, "--nonet", "--noout", "--schema", schema, "-")
		check.Stdin = bytes.NewReader(text)
		says, err := check.CombinedOutput()
		return string(says), err == nil
	}
	for name, d := range documents() {
		var out bytes.Buffer
		if err := JUnit(&out, d); err != nil {
			t.Fatal(err)
		}
		if says, ok := valid(out.Bytes()); !ok {
			t.Errorf("%s: %s", name, says)
		}
		if says, ok := valid(bytes.Replace(out.Bytes(), []byte("<testcase classname"), []byte("<testcase klassname"), 1)); ok {
			t.Errorf("%s: the schema takes everything: %s", name, says)
		}
	}
}

// junitRead is JUnit as another program reads it.
type junitRead struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Suites   []struct {
		Name    string `xml:"name,attr"`
		Skipped int    `xml:"skipped,attr"`
		Cases   []struct {
			Class   string    `xml:"classname,attr"`
			Name    string    `xml:"name,attr"`
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

// A file is green only if the verdict is pass, each case is there once, and the counts are those of the cases.
func TestJUnitIsAsGreenAsTheVerdict(t *testing.T) {
	for name, d := range documents() {
		var out bytes.Buffer
		if err := JUnit(&out, d); err != nil {
			t.Fatal(err)
		}
		var got junitRead
		if err := xml.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		tests, failures, errs := 0, 0, 0
		for _, s := range got.Suites {
			skipped := 0
			for _, c := range s.Cases {
				tests++
				if key := c.Class + c.Name; seen[key] {
					t.Errorf("%s: %s %s twice", name, c.Class, c.Name)
				} else {
					seen[key] = true
				}
				switch {
				case c.Failure != nil:
					failures++
				case c.Error != nil:
					errs++
				case c.Skipped != nil:
					skipped++
				}
			}
			if s.Skipped != skipped {
				t.Errorf("%s: %s says %d skipped of %d", name, s.Name, s.Skipped, skipped)
			}
		}
		if got.Tests != tests || got.Failures != failures || got.Errors != errs {
			t.Errorf("%s: %d tests, %d failures, %d errors; it says %d, %d, %d", name, tests, failures, errs, got.Tests, got.Failures, got.Errors)
		}
		status := verdictOf(d)
		if (failures > 0) != (status == result.Fail) {
			t.Errorf("%s: verdict %s with %d failures", name, status, failures)
		}
		if status == result.Unknown && errs == 0 || status == result.Pass && errs > 0 {
			t.Errorf("%s: verdict %s with %d errors", name, status, errs)
		}
		if v := got.Suites[0].Cases[0]; (v.Failure == nil && v.Error == nil) != (status == result.Pass) {
			t.Errorf("%s: the first case isn't the verdict", name)
		}
	}
}

func verdictOf(d *result.Document) result.Status {
	switch doc := d.Doc.(type) {
	case *result.Run:
		return doc.Verdict
	case *result.Examination:
		return doc.Verdict
	}
	return d.Doc.(*result.Drill).Verdict
}

// A status that the document doesn't have is no pass.
func TestJUnitOfNoStatus(t *testing.T) {
	d := full(func(r *result.Run) { r.Checks[0].Status = ""; r.Isolation.Verdict = "passed" })
	var out bytes.Buffer
	if err := JUnit(&out, d); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "the document has no status for this but"); n != 2 {
		t.Errorf("%d of 2 are errors", n)
	}
}

func TestSARIFAgainstItsSchema(t *testing.T) {
	file, err := os.Open(filepath.Join("testdata", "schemas", "sarif-2.1.0-rtm.5.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	parsed, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for name, d := range documents() {
		if d.Kind == result.KindDrill {
			continue
		}
		seen++
		log := sarifLogOf(t, d)
		if err := schema.Validate(log); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		log["runs"].([]any)[0].(map[string]any)["results"] = []any{map[string]any{"level": "worst"}}
		if err := schema.Validate(log); err == nil {
			t.Errorf("%s: the schema takes everything", name)
		}
	}
	if seen < 6 {
		t.Errorf("only %d documents", seen)
	}
}

func sarifLogOf(t *testing.T, d *result.Document) map[string]any {
	t.Helper()
	var out bytes.Buffer
	if err := SARIF(&out, d); err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.(map[string]any)
}

// What a run couldn't decide is no result, and no success either.
func TestSARIFOfUnknown(t *testing.T) {
	for name, want := range map[string]bool{"healthy": true, "missed": true, "unknown": false, "audit": false} {
		run := sarifLogOf(t, documents()[name])["runs"].([]any)[0].(map[string]any)
		done := run["invocations"].([]any)[0].(map[string]any)
		if done["executionSuccessful"] != want {
			t.Errorf("%s: executionSuccessful is %v", name, done["executionSuccessful"])
		}
		if !want && !strings.Contains(notified(done), "permission denied") {
			t.Errorf("%s: no notification says why", name)
		}
	}
}

func notified(done map[string]any) (all string) {
	for _, n := range done["toolExecutionNotifications"].([]any) {
		all += n.(map[string]any)["message"].(map[string]any)["text"].(string) + "\n"
	}
	return all
}

func TestSARIFFingerprints(t *testing.T) {
	f := result.Finding{Channel: "R01", Where: "cache key flows:0c4b9c2e-8a55-4d9e-9a4f-2f9d1f3b7c11", What: "seen 12 times in a key", Severity: result.Leak}
	again := f
	again.Where, again.What, again.Count, again.Fix = "cache key flows:77f0a1de-1111-4c3c-8c39-0d0f6a1c2b3d", "seen 7 times in a key", 3, "another"
	if fingerprint(f) != fingerprint(again) {
		t.Error("the same thing of another run has another fingerprint")
	}
	for _, other := range []result.Finding{{Channel: "R02", Where: f.Where, What: f.What}, {Channel: f.Channel, Where: "public.ads", What: f.What}, {Channel: f.Channel, Where: f.Where, What: "else"}} {
		if fingerprint(other) == fingerprint(f) {
			t.Errorf("%+v has the fingerprint of another", other)
		}
	}
	// Two that are the same but for their numbers are still two.
	d := full(func(r *result.Run) { r.Findings = []result.Finding{f, again} })
	results := sarifLogOf(t, d)["runs"].([]any)[0].(map[string]any)["results"].([]any)
	prints := map[any]bool{}
	for _, r := range results {
		prints[r.(map[string]any)["partialFingerprints"].(map[string]any)["primaryLocationLineHash"]] = true
	}
	if len(prints) != 2 {
		t.Errorf("%v", prints)
	}
}

func TestPlaces(t *testing.T) {
	for where, want := range map[string]string{
		"public.ads, engarde_user":                            "table public.ads at database/public/ads",
		"public.ads, public.leads and 4 more, engarde_user":   "table public.ads at database/public/ads; table public.leads at database/public/leads",
		"langflow.flow, read by tenant_flows as langflow_app": "table langflow.flow at database/langflow/flow",
		"public.find(text), role engarde_user":                "function public.find(text) at database/public/find%28text%29",
		"langflow POST /api/v1/run/{id}; backend GET /x":      "function langflow POST /api/v1/run/{id} at langflow/api/v1/run/%7Bid%7D; function backend GET /x at backend/x",
		"the pooler, engarde_user":                            "resource the pooler at stack/the%20pooler",
		"":                                                    "resource stack at stack/stack",
	} {
		var got []string
		for _, p := range places(result.Finding{Where: where}) {
			got = append(got, p.logical.Kind+" "+p.logical.Qualified+" at "+p.file)
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%q is at %s", where, strings.Join(got, "; "))
		}
	}
}
