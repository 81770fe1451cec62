package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

// Cost is a part of the client's processor time.
type Cost struct {
	Part   string  `json:"part"`
	Micros float64 `json:"us_per_transaction"`
	Share  float64 `json:"share"` // of all of it, 0 to 1
	Lower  string  `json:"lower"` // what would lower it
}

// part is what some functions and all that they call are for, save for what a part of its own is nearer to the sample.
type part struct {
	name      string
	lower     string
	functions []string // beginnings of their names
}

const module = "github.com/engardehq/bulkhead/internal/"

// parts are looked for from the innermost call outwards.
var parts = []part{
	{"system calls of the sockets", "fewer round trips or bytes; a Unix socket", []string{module + "session.(*socket)", module + "session.(*transfer)"}},
	{"memory", "fewer allocations",
		[]string{"runtime.mallocgc", "runtime.gc", "runtime.bgsweep", "runtime.bgscavenge"}},
	{"poller and scheduler", "fewer round trips",
		[]string{"runtime.mcall", "runtime.schedule", "runtime.findRunnable", "runtime.mstart", "runtime.netpoll", "runtime.futex"}},
	{"contexts and timers", "a clock of the load's own, looked at now and then, in place of a timer for each transaction",
		[]string{"context.", "time.", "github.com/jackc/pgx/v5/pgconn/ctxwatch"}},
	{"judging the rows", "fewer columns; a cheaper cipher of ids and canaries", []string{module + "oracle."}},
	{"protocol and pool", "fewer messages", []string{"github.com/jackc/", module + "session.(*wire)", module + "session.(*Session).result"}},
	{"requests and records", "", []string{module + "ops.", module + "session.", module + "record.", module + "load.", module + "bench."}},
}

const otherPart = "others"

// partOf finds the part of a sample; its frames come innermost first.
func partOf(frames []string) int {
	for _, frame := range frames {
		for i, p := range parts {
			if slices.ContainsFunc(p.functions, func(f string) bool { return strings.HasPrefix(frame, f) }) {
				return i
			}
		}
	}
	return len(parts)
}

// costs divides a transaction's processor time among the parts as a CPU profile does; what it saw none of is left out.
func costs(p *profile.Profile, micros float64) (list []Cost) {
	last := len(p.SampleType) - 1 // of a CPU profile: nanoseconds
	all, sums := 0.0, make([]float64, len(parts)+1)
	for _, s := range p.Sample {
		var frames []string
		for _, at := range s.Location {
			for _, line := range at.Line { // of inlined calls the innermost first
				frames = append(frames, line.Function.Name)
			}
		}
		n := float64(s.Value[last])
		sums[partOf(frames)] += n
		all += n
	}
	for i, sum := range sums {
		if sum == 0 {
			continue
		}
		c := Cost{Part: otherPart, Micros: micros * sum / all, Share: sum / all}
		if i < len(parts) {
			c.Part, c.Lower = parts[i].name, parts[i].lower
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Cost) int { return int((b.Share - a.Share) * 1e6) })
	return list
}

// profiled measures once more, under a profile: after the rounds that count, since being watched costs something. It keeps the profile too.
func (b *bench) profiled(ctx context.Context, pipelined bool, name string) ([]Cost, error) {
	b.Console.Step("transactions, %s, under a profile: bulkhead, %d s", pattern(pipelined), b.Seconds)
	var data bytes.Buffer
	if err := pprof.StartCPUProfile(&data); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	side, err := b.measure(ctx, pipelined)
	pprof.StopCPUProfile()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(b.Out, name), data.Bytes(), 0o644); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	p, err := profile.ParseData(data.Bytes())
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return costs(p, side.CPUMicros), nil
}
