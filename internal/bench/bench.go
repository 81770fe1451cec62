// Package bench measures bulkhead beside the tools that one would else take for the same work, on a stack of its own: transactions and the
// client's CPU against pgbench, seeding against psql's \copy, and the lateness and memory of the harness itself.
//
// Whatever it measures is done as a run does it, each row judged by the oracle; a row at fault, an error or a page that isn't full
// makes the bench fail. How fast things are never does: timings on a shared machine are noisy, and the figures are there to be read. It
// measures PostgreSQL without a pooler, as pgbench does. The command line calls it; nothing else does.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/world"
	"github.com/engardehq/bulkhead/scenarios"
)

// Options say what to measure, and for how long.
type Options struct {
	Scenario  scenarios.Scenario // of the stack: its tenants and rows
	Out       string             // folder of bench.json, the profiles and the logs
	Seconds   int                // of each measurement of transactions
	Rounds    int                // pairs of measurements
	Operation string             // whose read both sides send
	Minutes   int                // of the run whose memory is measured; 0 leaves that out
	Binary    string             // bulkhead itself, for the run whose memory is measured
	PGBin     string
	Version   string
	Console   run.Console
}

// The CPU profiles (pprof) of the transactions, in Options.Out.
const (
	PlainProfile     = "plain.pprof"
	PipelinedProfile = "pipelined.pprof"
)

const (
	role        = "engarde_user"
	superuser   = "postgres"
	connections = 8
	tenants     = 8 // on whose behalf both sides read, where so many have a full page
	fewest      = 4
)

// bench is what the measurements share.
type bench struct {
	Options
	target run.Target
	sys    *run.System
	bin    string // folder of PostgreSQL's programs
	spec   ops.Spec
	page   int   // rows that each transaction must read
	who    []int // tenants on whose behalf both sides read
	doc    *Document
}

// Run measures everything, one thing after the other, and writes bench.json. An error says that something could not be measured, or that a
// row was not what it must be.
func Run(ctx context.Context, o Options) (*Document, error) {
	t, err := run.Shipped()
	if err != nil {
		return nil, err
	}
	spec, err := read(t, o.Operation)
	if err != nil {
		return nil, err
	}
	b := &bench{Options: o, target: t, spec: spec, page: spec.Steps[0].Reads.Newest}
	b.doc = &Document{SchemaVersion: schemaVersion, Version: o.Version, Started: time.Now().UTC().Truncate(time.Second), Cores: runtime.NumCPU(),
		Seconds: o.Seconds, Rounds: o.Rounds, Operation: spec.Name, Connections: connections}
	lock, err := stack.AcquireRunLock()
	if err != nil {
		return nil, err
	}
	err = b.onStack(ctx)
	lock.Release() // the run whose memory is watched takes it
	if err != nil {
		return nil, err
	}
	if o.Minutes > 0 {
		if err := b.memory(ctx); err != nil {
			return nil, err
		}
	}
	return b.doc, b.doc.save(filepath.Join(o.Out, "bench.json"))
}

// onStack brings the stack up for as long as it is needed, with nothing in it that does work of its own.
func (b *bench) onStack(ctx context.Context) (err error) {
	o := run.Options{Scenario: b.Scenario, Out: b.Out, PGBin: b.PGBin, Version: b.Version, Console: b.Console,
		Without: []string{stack.PgBouncer, stack.Redis}}
	if b.sys, err = run.Bring(ctx, o, b.target); err != nil {
		return err
	}
	defer b.sys.Close(ctx)
	if err := b.prepare(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{b.transactions, b.lag, b.seeding} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// prepare silences Langflow, whose tables are needed and not itself, and chooses what is read and for whom.
func (b *bench) prepare(ctx context.Context) error {
	if err := stop(ctx, b.sys.Stack, stack.Langflow); err != nil {
		return err
	}
	server, err := b.service(stack.Postgres)
	if err != nil {
		return err
	}
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", server.Pid))
	if err != nil {
		return fmt.Errorf("looking for pgbench beside the running PostgreSQL: %w", err)
	}
	b.bin = filepath.Dir(program)
	table, ok := b.sys.World.Table(b.spec.Steps[0].Reads.Table)
	if !ok {
		return fmt.Errorf("table %s was not seeded", b.spec.Steps[0].Reads.Table)
	}
	if b.who = middle(b.sys.World, table, int64(b.page), tenants); len(b.who) < fewest {
		return fmt.Errorf("only %d tenants have the %d rows of a page in %s, and %d are needed: seed more rows", len(b.who), b.page, table.Name, fewest)
	}
	for _, tn := range b.who {
		b.doc.Tenants = append(b.doc.Tenants, b.sys.World.Codec.TenantID(tn).String())
	}
	return nil
}

// ErrOperation says that an operation can't be measured.
var ErrOperation = errors.New("bench: an operation is wanted that begins with a page of rows for its tenant")

// read is an operation's first statement, a page that needs nothing but the tenant. Its audit entry is left out: what pgbench would write
// there nobody could judge.
func read(t run.Target, name string) (ops.Spec, error) {
	var fit []string
	for _, s := range t.Ops {
		first := s.Steps[0]
		if len(s.Roles) == 1 && s.Roles[0] == role && s.Cache == nil && first.Reads != nil && first.Reads.Newest > 0 && slices.Equal(first.Params, []string{"tenant"}) {
			if s.Steps = s.Steps[:1]; s.Name == name {
				return s, nil
			}
			fit = append(fit, s.Name)
		}
	}
	return ops.Spec{}, fmt.Errorf("%w: %s isn't one; these are: %s", ErrOperation, name, strings.Join(fit, ", "))
}

// middle gives n tenants of middle size among those who have a full page in a table.
func middle(w *world.World, t *world.Table, page int64, n int) []int {
	var full []int
	for tn := range w.Tenants {
		if w.Rows(t, tn) >= page {
			full = append(full, tn)
		}
	}
	slices.SortStableFunc(full, func(a, b int) int { return int(w.Rows(t, a) - w.Rows(t, b)) })
	if len(full) <= n {
		return full
	}
	from := (len(full) - n) / 2
	return full[from : from+n]
}

func (b *bench) service(name string) (stack.Service, error) {
	i := slices.IndexFunc(b.sys.Stack.Services, func(s stack.Service) bool { return s.Name == name })
	if i < 0 {
		return stack.Service{}, fmt.Errorf("%s isn't up", name)
	}
	return b.sys.Stack.Services[i], nil
}

const stopLimit = 30 * time.Second

// stop ends a service of the stack with all that it has started, if it is up; the keeper sees it go.
func stop(ctx context.Context, s *stack.Stack, service string) error {
	i := slices.IndexFunc(s.Services, func(s stack.Service) bool { return s.Name == service })
	if i < 0 {
		return nil
	}
	group := s.Services[i].Pid // every service leads a process group
	sig := syscall.SIGTERM
	for deadline := time.Now().Add(stopLimit); ; {
		err := syscall.Kill(-group, sig)
		switch {
		case errors.Is(err, syscall.ESRCH):
			return nil
		case err != nil:
			return fmt.Errorf("stopping %s, process group %d: %w", service, group, err)
		case time.Now().After(deadline):
			return fmt.Errorf("stopping %s: process group %d doesn't end", service, group)
		case time.Until(deadline) < stopLimit/3:
			sig = syscall.SIGKILL
		default:
			sig = 0 // only looks
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
