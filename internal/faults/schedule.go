package faults

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/scenarios"
)

// Schedule brings faults about, one after the other, each at its time.
type Schedule struct {
	quit context.CancelFunc
	done chan struct{}
	told []result.Disturbance
}

const (
	doLimit = 30 * time.Second
	// undoLimit has room for a start of Langflow on a busy machine, the longest of all.
	undoLimit = 5 * time.Minute
)

// Begin starts the schedule. began is the moment from which the faults' times count; say hears what happens when. Stop must follow.
func Begin(ctx context.Context, planned []scenarios.Fault, t Target, began time.Time, say func(format string, args ...any)) *Schedule {
	ctx, quit := context.WithCancel(ctx)
	s := &Schedule{quit: quit, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		for _, f := range planned {
			spec, ok := Find(f.Name)
			if !ok {
				continue // Check has refused it
			}
			s.told = append(s.told, one(ctx, spec, f, t, began, say))
		}
	}()
	return s
}

// Stop waits until every fault that began is undone; one whose time has not come stays undone. The load should be over, or be cut short.
func (s *Schedule) Stop() []result.Disturbance {
	s.quit()
	<-s.done
	return s.told
}

// one brings one fault about and takes it back.
func one(ctx context.Context, spec Spec, f scenarios.Fault, t Target, began time.Time, say func(string, ...any)) result.Disturbance {
	told := result.Disturbance{Fault: f.Name, Doc: spec.Doc, AtSeconds: f.At.Seconds(), ForSeconds: f.For.Seconds()}
	since := func() float64 { return time.Since(began).Round(time.Millisecond).Seconds() }
	if !until(ctx, began.Add(f.At)) {
		told.Error = "the load was over before its time came"
		return told
	}
	t.Delay = f.Delay
	say("%s: %s", f.Name, spec.Doc)
	told.StartedSeconds = since()
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), doLimit)
	undo, err := spec.Do(limited, t)
	cancel()
	told.InForceSeconds, told.Done = since(), err == nil
	if err == nil && spec.Lasts {
		until(ctx, began.Add(f.End()))
	}
	told.EndedSeconds = since()
	if undo != nil {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoLimit)
		uerr := undo(limited)
		cancel()
		if uerr != nil {
			uerr = fmt.Errorf("taking it back: %w", uerr)
			told.Done = false
			if err == nil {
				err = uerr
			}
		}
	}
	told.BackSeconds = since()
	if err != nil {
		told.Error = strings.Join(strings.Fields(stack.Redact(err.Error())), " ")
		say("%s: %s", f.Name, told.Error)
	} else if spec.Lasts {
		say("%s: taken back", f.Name)
	}
	return told
}

// until waits for a moment and tells whether it came before the end.
func until(ctx context.Context, moment time.Time) bool {
	timer := time.NewTimer(time.Until(moment))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
