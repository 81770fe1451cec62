package run

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/engardehq/bulkhead/internal/observe"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/scenarios"
)

// newDocument starts the run document with all that is known before the load.
func newDocument(o Options, t Target, sys *System, started time.Time) *result.Run {
	doc := &result.Run{
		SchemaVersion: result.SchemaVersion, Version: o.Version, Started: started.UTC(), Seed: sys.World.Seed, Scenario: scenarioDocument(o.Scenario),
		Objectives: result.Objectives{DropsMax: o.Scenario.Objectives.Drops, CacheHitMin: o.Scenario.Objectives.CacheHit, PoolUseMax: o.Scenario.Objectives.PoolUse},
		Target:     result.Target{Name: t.Name, Layout: string(t.Layout)},
		Stack:      result.Stack{Provider: sys.Stack.Provider, Settings: sys.Stack.Settings, Machine: machine()},
		Seeding:    sys.Seeding,
	}
	for _, e := range t.Exceptions {
		doc.Target.Exceptions = append(doc.Target.Exceptions, result.Statement{What: e.Object, Reason: e.Reason})
	}
	for _, d := range t.Departures {
		doc.Target.Departures = append(doc.Target.Departures, result.Statement{What: d.What, Reason: d.Reason})
	}
	for _, name := range services(nil) {
		s := result.Service{Name: name}
		i := slices.IndexFunc(sys.Stack.Services, func(s stack.Service) bool { return s.Name == name })
		if i < 0 || slices.Contains(sys.Missing, name) {
			s.Note = "left out"
		} else {
			up := sys.Stack.Services[i]
			s.Started, s.Version, s.Address = true, up.Version, fmt.Sprintf("%s:%d", up.Host, up.Port)
			s.Image = up.Image
		}
		doc.Stack.Services = append(doc.Stack.Services, s)
	}
	return doc
}

// scenarioDocument tells what the scenario's load is.
func scenarioDocument(sc scenarios.Scenario) result.Scenario {
	l := sc.Load
	doc := result.Scenario{Name: sc.Name, RatePerSecond: l.Rate, Arrivals: string(l.Arrivals), WarmupSeconds: l.WarmUp.Seconds(),
		DurationSeconds: l.Duration.Seconds(), Connections: l.Connections, Workers: l.Workers, Pipelined: l.Pipelined,
		Through: string(l.Through), ReachShare: l.Reach, Model: result.Open, TenantChoice: l.Tenants.String(), Mix: l.Mix}
	if l.Closed() {
		doc.Model, doc.Users, doc.ThinkMillis = result.Closed, l.Users, millis(l.Think)
	}
	return doc
}

// checkOut makes the folder of the run and makes sure that it takes files.
func checkOut(out string) error {
	err := os.MkdirAll(out, 0o755)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(out, ".probe-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	return outError(out, err)
}

// clearOut removes the documents of an earlier run, and what a gate said of it: should this run die, nobody may take the old verdict for its.
func clearOut(out string) error {
	var err error
	for _, old := range []string{observe.IntervalLog, httpIntervalLog, "run.json", "report.html", "gate.json"} {
		if gone := os.Remove(filepath.Join(out, old)); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return outError(out, err)
}

func outError(out string, err error) error {
	if err == nil {
		return nil
	}
	return &stack.Error{What: "can't write to the output folder " + out, Mend: "choose another with --out", Err: err}
}

// ThisMachine is what everything here runs on.
func ThisMachine() result.Machine { return machine() }

func machine() result.Machine {
	m := result.Machine{OS: osName(), Cores: runtime.NumCPU(), CPU: cpuName()}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.MemoryMiB = int64(info.Totalram) * int64(info.Unit) >> 20
	}
	return m
}

func osName() string { return lookUp("/etc/os-release", "PRETTY_NAME=", runtime.GOOS) }

func cpuName() string { return lookUp("/proc/cpuinfo", "model name", runtime.GOARCH) }

// lookUp finds what follows a key in a file of "key=value" or "key : value" lines.
func lookUp(file, key, otherwise string) string {
	f, err := os.Open(file)
	if err != nil {
		return otherwise
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), key); ok {
			return strings.Trim(rest, "\t :=\"")
		}
	}
	return otherwise
}
