package reports

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
)

func signoffDocument() *result.Signoff {
	began := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	seen := func(file string, paths ...string) (all []result.Exhibit) {
		for _, path := range paths {
			all = append(all, result.Exhibit{File: file, Path: path})
		}
		return all
	}
	return &result.Signoff{SchemaVersion: 1, Version: "v0.1.0", Commit: "0123456789abcdef", Target: "engarde", TargetHash: "00112233445566778899aabbccddeeff", Layout: "hardened", Scenario: "signoff", Seed: 1,
		Started: began, Seconds: 905.4, Machine: result.Machine{OS: "Debian GNU/Linux 12 (bookworm)", CPU: "a processor", Cores: 2, MemoryMiB: 24000},
		Services: []result.Service{{Name: "postgres", Version: "15.20", Started: true}, {Name: "langflow", Note: "left out"}},
		Documents: []result.SignoffDocument{
			{Kind: "run", What: "the main job", File: "run/run.json", SHA256: strings.Repeat("ab", 32), Started: began, Seconds: 204, Verdict: result.Pass},
			{Kind: "layouts", What: "migrations", File: "layouts/layouts.json", SHA256: strings.Repeat("cd", 32), Started: began, Seconds: 300, Verdict: result.Fail, ExitCode: 3, From: "out/layouts"},
			{Kind: "cutover", What: "cutover and rollback", Verdict: result.Unknown, Why: "it was not asked for"},
			{Kind: "cost", What: "the design's prices", File: "cost.json", SHA256: strings.Repeat("ef", 32), Verdict: result.Pass},
		},
		Metrics: []result.Metric{
			{ID: "engarde_migrations", Group: "Migration independence", Name: "EnGarde migrations", Wanted: "run without error", Measured: "8 of 8 ran without error", How: "real migrations", Status: result.Pass,
				Evidence: seen("layouts/layouts.json", "cells.0", "cells.1", "cells.2", "cells.3", "cells.4")},
			{ID: "langflow_migrations", Group: "Migration independence", Name: "Langflow migrations", Wanted: "run without error", Measured: "1 of 2 ran without error, which is told at some length here, so that it takes more than a line", How: "real migrations", Status: result.Fail, ExitCode: 3,
				Why: `hardened/x: Langflow didn't start: relation "a|b" <script>alert(1)</script> *is* missing`, Evidence: seen("layouts/layouts.json", "cells.0.steps.1")},
			{ID: "downtime", Group: "Operational", Name: "Downtime", Wanted: "0 minutes", Measured: "not measured", How: "a cutover", Status: result.Unknown, ExitCode: 4, Why: "not measured: it was not asked for", Evidence: []result.Exhibit{}},
			{ID: "monthly_savings", Group: "Operational", Name: "Monthly savings", Wanted: "183.00 USD a month", Measured: "183.00 USD a month", How: "computed", Status: result.Pass, Why: "no bill was seen", Evidence: seen("cost.json", "claims.2")},
			{ID: "team_training", Group: "Operational", Name: "Team training", Wanted: "complete", Measured: "to be signed", How: "no machine can tell", Status: result.NotChecked, Why: "a named person has to sign for it",
				Evidence: []result.Exhibit{}, Sign: &result.Signature{Statement: "All have been trained."}},
		},
		Verdict: result.Fail, ExitCode: 3, Reasons: []result.Reason{{Status: result.Fail, ExitCode: 3, What: "Langflow migrations: a|b <script>"}, {Status: result.Unknown, ExitCode: 4, What: "Downtime: not measured"}}}
}

func TestSignoff(t *testing.T) {
	for name, draw := range map[string]func(io.Writer, *result.Signoff) error{"signoff": Signoff, "signoff-md": SignoffMarkdown, "signoff-html": SignoffHTML} {
		var out bytes.Buffer
		if err := draw(&out, signoffDocument()); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.String())
	}
}

// The filed page asks for nothing beside it, runs nothing, and takes no markup from what was measured.
func TestSignoffStandsAlone(t *testing.T) {
	var out bytes.Buffer
	if err := SignoffHTML(&out, signoffDocument()); err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?i)https?:|//|<script|<link|<img|<iframe|@import|url\(| src=| on[a-z]+=`).FindAllString(out.String(), -1); len(found) > 0 {
		t.Errorf("the page has %q", found)
	}
	if !strings.Contains(out.String(), "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("what was measured is not shown as it is")
	}
	out.Reset()
	if err := SignoffMarkdown(&out, signoffDocument()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "<script") || strings.Contains(out.String(), "a|b") {
		t.Error("the Markdown takes markup from what was measured")
	}
}

// A page that is ready says so, and asks for the signature all the same.
func TestSignoffReady(t *testing.T) {
	s := signoffDocument()
	s.Verdict, s.ExitCode, s.Reasons = result.Ready, 0, nil
	for _, draw := range []func(io.Writer, *result.Signoff) error{SignoffMarkdown, SignoffHTML} {
		var out bytes.Buffer
		if err := draw(&out, s); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"READY FOR SIGNATURE", "All have been trained.", "the release may go ahead", "Signature"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("it doesn't say %q", want)
			}
		}
	}
}
