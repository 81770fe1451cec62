// Package layouts puts the architecture on trial: it brings each layout of the database up from nothing with EnGarde's real migrations and
// the real Langflow, in both orders and with both versions, restarts and upgrades them, and writes down after each step what
// started, what was lost and what was left open. It decides nothing about a team's own database. The command line and signoff call it.
package layouts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
)

// Options say which cells to try.
type Options struct {
	Run    run.Options // scenario of the rows, Out is the folder of layouts.json
	Only   []string    // cells as LAYOUT/ORDER/VERSION, or one or two parts of that; empty for all
	Jobs   int         // cells under way at once
	Resume bool        // leave out what an earlier trial into the same folder has tried
	Log    func(format string, args ...any)
}

// ErrOptions marks a mistake in what was asked for.
var ErrOptions = errors.New("layouts")

// Orders of migration.
const (
	EngardeFirst  = "engarde-first"
	LangflowFirst = "langflow-first"
)

// Document is the name of the file that Run writes.
const Document = "layouts.json"

// Cells are all there are, in the order in which they are shown.
func Cells() (all []result.Cell) {
	versions := run.LangflowVersions()
	for _, layout := range []migrate.Layout{migrate.Before, migrate.Drawn, migrate.Hardened} {
		for _, version := range slices.Sorted(slices.Values(versions)) {
			for _, order := range []string{EngardeFirst, LangflowFirst} {
				all = append(all, result.Cell{Name: string(layout) + "/" + order + "/" + version, Layout: string(layout), Order: order, Langflow: version})
			}
		}
	}
	return all
}

// Choose picks the cells that have all the parts of one of the names.
func Choose(only []string) ([]result.Cell, error) {
	used := make([]bool, len(only))
	chosen := slices.DeleteFunc(Cells(), func(c result.Cell) bool {
		wanted := len(only) == 0
		for i, name := range only {
			if has(c, name) {
				wanted, used[i] = true, true
			}
		}
		return !wanted
	})
	for i, name := range only {
		if !used[i] {
			return nil, fmt.Errorf("%w: no cell is %q: want LAYOUT/ORDER/VERSION or some of the three, such as hardened, drawn/1.13.0 or before/%s/1.0.18", ErrOptions, name, EngardeFirst)
		}
	}
	return chosen, nil
}

func has(c result.Cell, name string) bool {
	for _, part := range strings.Split(name, "/") {
		if part != c.Layout && part != c.Order && part != c.Langflow {
			return false
		}
	}
	return true
}

// Run tries the cells and returns the document, judged and saved. An error says that there is none worth reading.
func Run(ctx context.Context, o Options) (*result.Layouts, error) {
	began := time.Now()
	cells, err := Choose(o.Only)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Run.Out, 0o755); err != nil {
		return nil, fmt.Errorf("folder of the trial: %w", err)
	}
	doc := &result.Layouts{SchemaVersion: result.SchemaVersion, Version: o.Run.Version, Target: o.Run.Target.Name, Seed: o.Run.Scenario.Seed,
		Started: began.UTC(), Whole: len(o.Only) == 0}
	if doc.TargetHash, err = o.Run.Target.Hash(); err != nil {
		return nil, err
	}
	file := filepath.Join(o.Run.Out, Document)
	if o.Resume {
		if doc.Cells, err = tried(file, doc, cells); err != nil {
			return nil, err
		}
	}
	lock, err := stack.AcquireRunLock()
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	if err := tryAll(ctx, o, doc, cells, file); err != nil {
		return nil, err
	}
	judge(doc)
	doc.Seconds = time.Since(began).Seconds()
	return doc, doc.Save(file)
}

// tried takes over the cells of an earlier trial of the same things.
func tried(file string, doc *result.Layouts, wanted []result.Cell) (done []result.Cell, err error) {
	old, err := result.ReadLayouts(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if old.TargetHash != doc.TargetHash || old.Version != doc.Version {
		return nil, fmt.Errorf("%w: --resume: %s is of another target or bulkhead; leave --resume out, or choose another --out", ErrOptions, file)
	}
	for _, c := range old.Cells {
		if slices.ContainsFunc(wanted, func(w result.Cell) bool { return w.Name == c.Name }) {
			done = append(done, c)
		}
	}
	return done, nil
}

// tryAll works on as many cells at once as Options.Jobs says, and saves the document after each.
func tryAll(ctx context.Context, o Options, doc *result.Layouts, cells []result.Cell, file string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	todo := make(chan result.Cell)
	known := &models{}
	var workers sync.WaitGroup
	for range max(1, o.Jobs) {
		workers.Go(func() {
			for c := range todo {
				err := try(ctx, o, &c, known)
				mu.Lock()
				if err == nil {
					doc.Cells = append(doc.Cells, c)
					slices.SortFunc(doc.Cells, byPlace)
					o.Log("%s: %s (%.0f s)", c.Name, summary(c), c.Seconds)
					err = doc.Save(file)
				}
				mu.Unlock()
				if err != nil {
					cancel(fmt.Errorf("%s: %w", c.Name, err))
				}
			}
		})
	}
	for _, c := range cells {
		if slices.ContainsFunc(doc.Cells, func(done result.Cell) bool { return done.Name == c.Name }) {
			continue
		}
		select {
		case todo <- c:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(todo)
	workers.Wait()
	return context.Cause(ctx)
}

func byPlace(a, b result.Cell) int {
	all := Cells()
	place := func(c result.Cell) int {
		return slices.IndexFunc(all, func(x result.Cell) bool { return x.Name == c.Name })
	}
	return cmp.Compare(place(a), place(b))
}

// summary is a cell in a line.
func summary(c result.Cell) string {
	var failed []string
	for _, s := range c.Steps {
		if s.Outcome == result.StepFailed || s.Outcome == result.StepNotKnown {
			failed = append(failed, s.Name)
		}
	}
	if len(failed) == 0 {
		return "every step passed"
	}
	return "failed: " + strings.Join(failed, ", ")
}
