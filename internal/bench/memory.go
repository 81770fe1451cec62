package bench

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
)

// memoryScenario runs for a minute as it is written.
//
//go:embed memory.yaml
var memoryScenario []byte

const (
	watchEvery = 50 * time.Millisecond
	byeLimit   = 2 * time.Minute // a run that is told to stop stops its servers first
)

// memory watches the memory of a bulkhead that does a run with many tenants and workers. The child is read by its own high-water mark: the
// figure that the kernel gives with its end counts what its parent held when it was started.
func (b *bench) memory(ctx context.Context) error {
	b.Console.Step("memory of a run with 10,000 tenants and 200 workers, %d min", b.Minutes)
	out := filepath.Join(b.Out, "memory")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("folder of the run whose memory is measured: %w", err)
	}
	file := filepath.Join(out, "memory.yaml")
	if err := os.WriteFile(file, lasting(memoryScenario, b.Minutes), 0o644); err != nil {
		return fmt.Errorf("scenario of the run whose memory is measured: %w", err)
	}
	args := []string{"run", "--scenario", file, "--out", out}
	if b.PGBin != "" {
		args = append(args, "--pg-bin", b.PGBin)
	}
	if err := b.awaitLock(ctx); err != nil {
		return err
	}
	var text bytes.Buffer
	cmd := exec.CommandContext(ctx, b.Binary, args...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &text, &text, byeLimit
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the run whose memory is measured: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	peak, err := watch(cmd.Process.Pid, ended)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	doc, readErr := result.Read(filepath.Join(out, "run.json"))
	switch {
	case readErr != nil:
		return fmt.Errorf("the run whose memory is measured has no report (%w): %s", errors.Join(err, readErr), stack.Redact(lastLine(text.String())))
	case doc.Isolation.Foreign+doc.Isolation.Damaged+doc.Isolation.Missing > 0:
		return fmt.Errorf("the run whose memory is measured found rows at fault: read %s", filepath.Join(out, "run.json"))
	case doc.Load.Completed == 0 || peak == 0:
		return fmt.Errorf("the run whose memory is measured did nothing: read %s", filepath.Join(out, "run.json"))
	}
	b.doc.RSSMaxMiB = &peak
	b.doc.Memory = &Memory{Minutes: b.Minutes, Executions: doc.Load.Completed, RowsVerified: doc.Isolation.RowsChecked, Verdict: string(doc.Verdict)}
	return nil
}

const lockLimit = 10 * time.Minute

// awaitLock waits until no other run measures: one that has begun since the transactions were measured must not cost their figures.
func (b *bench) awaitLock(ctx context.Context) error {
	for deadline, told := time.Now().Add(lockLimit), false; ; {
		lock, err := stack.AcquireRunLock()
		if err == nil {
			lock.Release()
			return nil
		}
		if time.Now().After(deadline) {
			return err
		}
		if !told {
			b.Console.Step("waiting: %v", err)
			told = true
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

var durationLine = regexp.MustCompile(`(?m)^  duration: .*$`)

// lasting gives a scenario another duration.
func lasting(scenario []byte, minutes int) []byte {
	return durationLine.ReplaceAll(scenario, []byte(fmt.Sprintf("  duration: %dm", minutes)))
}

// watch reads the high-water mark of a process's memory, in MiB, until it ends.
func watch(pid int, ended <-chan error) (peakMiB float64, err error) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return peakMiB, err
		case <-tick.C:
			peakMiB = max(peakMiB, highWater(pid))
		}
	}
}

var highWaterLine = regexp.MustCompile(`(?m)^VmHWM:\s*(\d+) kB$`)

// highWater is 0 where the process is gone.
func highWater(pid int) (mib float64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	if m := highWaterLine.FindSubmatch(status); m != nil {
		kb, _ := strconv.ParseFloat(string(m[1]), 64)
		return kb / 1024
	}
	return 0
}
