package run

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/engardehq/bulkhead/internal/faults"
	"github.com/engardehq/bulkhead/internal/stack"
)

// provider starts and stops those servers of a stack that come in more than one way: as child processes (stack.Native) or in containers
// (stack.Containers).
type provider interface {
	InitPostgres(ctx context.Context) error
	StartPostgres(ctx context.Context) error
	StopPostgres(ctx context.Context) error
	StartRedis(ctx context.Context) error
	StartPgBouncer(ctx context.Context, database string, roles []string) error

	// Stack describes what is up, Close ends it.
	Stack(database string, roles ...string) *stack.Stack
	Close(ctx context.Context) error

	// Base is what is the same whoever runs the servers: keeper, scratch folder, secrets, Python, Langflow.
	Base() *stack.Native
}

// Providers are the names that Options.Provider takes.
var Providers = []string{stack.ProviderNative, stack.ProviderContainers}

// open opens a stack with the provider asked for, with its logs on a small disk where the scenario fills that.
func open(ctx context.Context, o Options) (p provider, smallDisk string, err error) {
	so := stack.Options{Out: o.Out, Ports: o.Ports, PGBin: o.PGBin, Without: o.Without,
		Log: func(format string, args ...any) { o.Console.Step(format, args...) }}
	begin := func() (err error) {
		if o.Provider == stack.ProviderContainers {
			var c *stack.Containers
			if c, err = stack.OpenContainers(ctx, so); err == nil {
				p = c
			}
			return err
		}
		var n *stack.Native
		if n, err = stack.Open(ctx, so); err == nil {
			p = n
		}
		return err
	}
	if !schedules(o.Scenario, faults.DiskFull) {
		return p, "", begin()
	}
	logs, err := filepath.Abs(filepath.Join(o.Out, "logs"))
	if err == nil {
		err = os.MkdirAll(logs, 0o755)
	}
	if err != nil {
		return nil, "", fmt.Errorf("folder of the logs: %w", err)
	}
	if err := faults.OpenOnSmallDisk(logs, begin); err != nil {
		return nil, "", err
	}
	smallDisk, err = faults.Seen(p.Stack("").Keeper.Pid, logs)
	return p, smallDisk, err
}

// onProcesses are the faults that work on the processes and files of a native stack.
var onProcesses = []string{faults.DiskFull, "postgres_crash", "postgres_restart", "redis_restart"}

// checkProvider refuses what servers in containers can't do yet.
func checkProvider(o Options) error {
	if o.Provider != stack.ProviderContainers {
		return nil
	}
	for _, f := range allFaults(o.Scenario) {
		if slices.Contains(onProcesses, f.Name) {
			return fmt.Errorf("%w: fault %s: not yet with servers in containers; leave out --provider %s", faults.ErrRefused, f.Name, o.Provider)
		}
	}
	return nil
}
