package signoff

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/cost"
	"github.com/engardehq/bulkhead/internal/layouts"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/verdict"
)

// part is one thing that is done, and the document that comes of it.
type part struct {
	kind string
	what string
	file string // within the folder of the sign-off
	not  string // why it isn't done for this layout
	anew bool   // it is never taken over
	// read takes the document of a file for evidence, or says why it can't be.
	read func(file string) (about, error)
	// make does it; out is the folder of the document.
	make func(ctx context.Context, out string) error
}

// about is what a document is of.
type about struct {
	head    result.SignoffDocument // when, how long, with what verdict
	hash    string                 // of the target
	version string                 // of bulkhead
	lacks   string                 // what it would have to be of besides
	use     func()                 // takes it for evidence
}

func (x *signoff) parts() []part {
	other, cut := "", ""
	if x.Layout != migrate.Hardened {
		other = fmt.Sprintf("the main job runs on layout %s alone, not on %s: what migrations leave of a layout is told by the trial", migrate.Hardened, x.Layout)
		cut = fmt.Sprintf("the cutover leads to layout %s alone, not to %s", migrate.Hardened, x.Layout)
	}
	return []part{
		{kind: verdict.PaperRun, what: "the main job", file: "run/run.json", not: other, read: x.readRun, make: x.mainJob},
		{kind: verdict.PaperLayouts, what: "trial of layout " + string(x.Layout) + " with Langflow " + strings.Join(run.LangflowVersions(), " and "), file: "layouts/" + layouts.Document, read: x.readLayouts, make: x.trial},
		x.cutover(cut),
		{kind: verdict.PaperCost, what: "costs", file: "cost.json", anew: true, read: x.readCost, make: x.costs},
	}
}

// have gives a part's document: taken over where that is allowed and possible, made where not.
func (x *signoff) have(ctx context.Context, p part) (result.SignoffDocument, error) {
	none := result.SignoffDocument{Kind: p.kind, What: p.what, Verdict: result.Unknown, ExitCode: verdict.ExitUnknown, Why: p.not}
	if p.not != "" {
		x.papers.Missing[p.kind] = p.not
		return none, nil
	}
	file := filepath.Join(x.Run.Out, p.file)
	a, from, err := x.takeOver(p, file)
	if err != nil {
		return none, err
	}
	if a == nil {
		x.Log("%s", p.what)
		if err := p.make(ctx, filepath.Dir(file)); err != nil {
			return none, err
		}
		made, err := p.read(file)
		if err != nil {
			return none, err
		}
		a = &made
	}
	a.use()
	d := a.head
	d.Kind, d.What, d.File, d.From = p.kind, p.what, p.file, from
	d.SHA256, err = sum(file)
	x.papers.Files[p.kind] = p.file
	return d, err
}

func (x *signoff) readRun(file string) (about, error) {
	r, err := result.Read(file)
	if err != nil {
		return about{}, err
	}
	a := about{hash: r.Target.Hash, version: r.Version, use: func() { x.papers.Run = r },
		head: result.SignoffDocument{Started: r.Started, Seconds: r.Seconds, Verdict: r.Verdict, ExitCode: r.ExitCode, Why: first(r.Reasons)}}
	switch {
	case r.Target.Layout != string(x.Layout):
		a.lacks = "it is of layout " + r.Target.Layout
	case r.Scenario.Name != x.Run.Scenario.Name || r.Seed != x.Run.Scenario.Seed:
		a.lacks = fmt.Sprintf("it is of scenario %s with seed %d", r.Scenario.Name, r.Seed)
	case x.Run.Scenario.Backup && r.Backup == nil:
		a.lacks = "no backup was made in it"
	}
	return a, nil
}

func (x *signoff) mainJob(ctx context.Context, out string) error {
	o := x.Run
	o.Out = out
	_, err := run.Run(ctx, o)
	return err
}

func (x *signoff) readLayouts(file string) (about, error) {
	l, err := result.ReadLayouts(file)
	if err != nil {
		return about{}, err
	}
	a := about{hash: l.TargetHash, version: l.Version, use: func() { x.papers.Layouts = l },
		head: result.SignoffDocument{Started: l.Started, Seconds: l.Seconds, Verdict: l.Verdict, ExitCode: l.ExitCode, Why: first(l.Reasons)}}
	wanted, err := layouts.Choose([]string{string(x.Layout)})
	if err != nil {
		return about{}, err
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(l.Cells, func(c result.Cell) bool { return c.Name == w.Name }) {
			a.lacks = "cell " + w.Name + " is not in it"
		}
	}
	return a, nil
}

// cellsAtOnce is how many cells of a trial are under way at a time; each takes about 1 GiB.
const cellsAtOnce = 2

func (x *signoff) trial(ctx context.Context, out string) error {
	o := x.Run
	o.Out, o.Scenario = out, x.Rows
	_, err := layouts.Run(ctx, layouts.Options{Run: o, Only: []string{string(x.Layout)}, Jobs: cellsAtOnce, Resume: x.Resume, Log: x.Log})
	return err
}

func (x *signoff) readCost(file string) (about, error) {
	c, err := result.ReadCost(file)
	if err != nil {
		return about{}, err
	}
	return about{use: func() { x.papers.Cost = c }, head: result.SignoffDocument{Verdict: c.Verdict, ExitCode: c.ExitCode, Why: first(c.Reasons)}}, nil
}

func (x *signoff) costs(_ context.Context, out string) error {
	file := ""
	if x.papers.Run != nil {
		file = x.papers.Files[verdict.PaperRun]
	}
	return cost.Compute(x.Prices, x.Run.Version, cost.Capacity(file, x.papers.Run)).Save(filepath.Join(out, "cost.json"))
}

// first is the gravest reason of a verdict.
func first(reasons []result.Reason) string {
	if len(reasons) == 0 {
		return ""
	}
	return reasons[0].What
}

// takeOver looks for a document that is of this very target, bulkhead and task, in the folder itself and in those that were named.
func (x *signoff) takeOver(p part, file string) (a *about, from string, err error) {
	if p.anew {
		return nil, "", nil
	}
	type place struct{ file, from string }
	var places []place
	if x.Resume {
		places = append(places, place{file, "an earlier call"})
	}
	for _, folder := range x.From {
		places = append(places, place{filepath.Join(folder, p.file), folder}, place{filepath.Join(folder, filepath.Base(p.file)), folder})
	}
	for _, at := range places {
		found, err := p.read(at.file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		switch {
		case err != nil:
			x.Log("%s is not taken over: %v", at.file, err)
			continue
		case found.lacks != "":
			x.Log("%s is not taken over: %s", at.file, found.lacks)
			continue
		case found.hash != x.hash || found.version != x.Run.Version:
			x.Log("%s is not taken over: it is of another target or another bulkhead (%s)", at.file, found.version)
			continue
		}
		if at.file != file {
			if err := copyFile(at.file, file); err != nil {
				return nil, "", err
			}
		}
		x.Log("%s: taken over from %s", p.what, at.file)
		return &found, at.from, nil
	}
	return nil, "", nil
}
