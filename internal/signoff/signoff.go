// Package signoff puts the design's success metrics to the test: it has the main job, the trial of the layout, the cutover and the costs
// done one after the other, or takes over what was done already, and has every metric judged by their documents. It measures and decides
// nothing by itself. Only the command line calls it.
package signoff

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/cost"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/verdict"
	"github.com/engardehq/bulkhead/scenarios"
)

// Options say what is to be signed for.
type Options struct {
	Run    run.Options        // of the main job; Out is the folder of the sign-off
	Rows   scenarios.Scenario // small, of the trial of the layout
	Layout migrate.Layout     // that is to be signed for
	Prices cost.Model
	Commit string   // that bulkhead was built from
	Resume bool     // take over what an earlier call left in the folder
	From   []string // and what lies in these
	Log    func(format string, args ...any)
}

// Names of the files that Run writes; a caller draws the others from the first.
const (
	Document = "signoff.json"
	Markdown = "signoff.md"
	HTML     = "signoff.html"
)

// signoff is one sign-off under way.
type signoff struct {
	Options
	hash   string
	papers verdict.Papers
	doc    *result.Signoff
}

// Run does what is missing and returns the document, judged and saved. An error says that there is none: the set-up of a part failed, or
// ctx was cancelled. What was done by then stays in the folder, for a call with Resume.
func Run(ctx context.Context, o Options) (*result.Signoff, error) {
	began := time.Now()
	x := &signoff{Options: o, papers: verdict.Papers{Layout: string(o.Layout), Files: map[string]string{}, Missing: map[string]string{}}}
	var err error
	if x.hash, err = o.Run.Target.Hash(); err != nil {
		return nil, err
	}
	if err := x.clear(); err != nil {
		return nil, err
	}
	x.doc = &result.Signoff{SchemaVersion: result.SchemaVersion, Version: o.Run.Version, Commit: o.Commit, Target: o.Run.Target.Name, TargetHash: x.hash, Layout: string(o.Layout),
		Scenario: o.Run.Scenario.Name, Seed: o.Run.Scenario.Seed, Started: began.UTC(), Machine: run.ThisMachine()}
	for _, p := range x.parts() {
		d, err := x.have(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.what, err)
		}
		x.doc.Documents = append(x.doc.Documents, d)
	}
	x.services()
	x.doc.Metrics = verdict.Signoff(x.papers)
	verdict.SumSignoff(x.doc, x.papers)
	x.doc.Seconds = time.Since(began).Seconds()
	return x.doc, x.doc.Save(filepath.Join(o.Run.Out, Document))
}

// clear makes the folder, and removes the documents of an earlier sign-off: should this one end early, nobody may take the old verdict for its.
func (x *signoff) clear() error {
	if err := os.MkdirAll(x.Run.Out, 0o755); err != nil {
		return fmt.Errorf("folder of the sign-off: %w; choose another with --out", err)
	}
	for _, name := range []string{Document, Markdown, HTML} {
		if err := os.Remove(filepath.Join(x.Run.Out, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing an older sign-off: %w", err)
		}
	}
	return nil
}

// services are those of the main job. Where it was not run, the versions of Langflow that the layout was tried with.
func (x *signoff) services() {
	if r := x.papers.Run; r != nil {
		x.doc.Services, x.doc.Machine = r.Stack.Services, r.Stack.Machine
		return
	}
	if l := x.papers.Layouts; l != nil {
		var versions []string
		for _, c := range l.Cells {
			if c.Layout == string(x.Layout) && !slices.Contains(versions, c.Langflow) {
				versions = append(versions, c.Langflow)
			}
		}
		x.doc.Services = []result.Service{{Name: "langflow", Version: strings.Join(versions, ", "), Started: len(versions) > 0}}
	}
}
