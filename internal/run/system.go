package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/world"
	"golang.org/x/sys/unix"
)

// System is a stack that is up, filled, and known: what was seeded, and how often a load has written to it.
type System struct {
	Stack   *stack.Stack
	World   *world.World
	Seeding result.Seeding
	Epoch   int      // runs before this one on the same stack
	Missing []string // services that are not there

	servers   provider // nil where the stack was up before
	smallDisk string   // with the stack's logs on it, see open; "" where there is none
}

const superuser = "postgres"

// Bring gives a system: the one of Options.Stack, or a new one from the kept state, which is made first where there is none.
func Bring(ctx context.Context, o Options, t Target) (*System, error) {
	if o.Stack != "" {
		return join(ctx, o)
	}
	p, smallDisk, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	sys, err := start(ctx, o, t, p)
	if err != nil {
		return nil, errors.Join(err, p.Close(ctx))
	}
	sys.smallDisk = smallDisk
	return sys, nil
}

// start copies the state into the stack and starts its services.
func start(ctx context.Context, o Options, t Target, p provider) (*System, error) {
	state, made, err := keptState(ctx, o, t, p)
	if err != nil {
		return nil, err
	}
	if err := state.CopyTo(ctx, p.Base()); err != nil {
		return nil, err
	}
	sys := &System{servers: p, Missing: o.Without}
	if sys.World, sys.Seeding, err = readState(state.ReadFile); err != nil {
		return nil, err
	}
	sys.Seeding.Cached = !made
	up := services(o.Without)
	if o.Asleep {
		up = services(union(o.Without, []string{stack.Langflow, stack.Backend}))
	}
	o.Console.Step("starting %s", strings.Join(up, ", "))
	if err := p.StartPostgres(ctx); err != nil {
		return nil, err
	}
	if !slices.Contains(o.Without, stack.Redis) {
		if err := p.StartRedis(ctx); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(o.Without, stack.PgBouncer) {
		if err := p.StartPgBouncer(ctx, t.Database, t.Pooled()); err != nil {
			return nil, err
		}
	}
	if !o.Asleep {
		if err := startApplications(ctx, o, t, p.Base()); err != nil {
			return nil, err
		}
	}
	sys.Stack = p.Stack(t.Database, t.Logins()...)
	sys.Stack.Target, sys.Stack.Layout, sys.Stack.Seed, sys.Stack.Tenants = t.Name, string(t.Layout), sys.World.Seed, sys.World.Tenants
	return sys, nil
}

func services(without []string) []string {
	return slices.DeleteFunc([]string{stack.Postgres, stack.PgBouncer, stack.Redis, stack.Langflow, stack.Backend},
		func(s string) bool { return slices.Contains(without, s) })
}

// startApplications starts what tenants' users speak to, both at once.
func startApplications(ctx context.Context, o Options, t Target, n *stack.Native) error {
	backend, err := bootBackend(ctx, o, t, n)
	if err != nil {
		return err
	}
	if err := startLangflow(ctx, o, t, n); err != nil || backend == nil {
		return err
	}
	return backend.Wait(ctx)
}

// startLangflow starts it, waits until it is healthy, and puts on its tables what every start may have taken off.
func startLangflow(ctx context.Context, o Options, t Target, n *stack.Native) error {
	if slices.Contains(o.Without, stack.Langflow) {
		return nil
	}
	pending, err := BootLangflow(ctx, o, t, n)
	if err != nil {
		return err
	}
	if err := pending.Wait(ctx); err != nil {
		return err
	}
	return migrate.AfterLangflow(ctx, t.Layout, n.DirectDSN(superuser, t.Database).Reveal())
}

// BootLangflow starts Langflow as the layout has it and doesn't wait.
func BootLangflow(ctx context.Context, o Options, t Target, n *stack.Native) (*stack.Pending, error) {
	venv, err := langflowEnv(ctx, o, n)
	if err != nil {
		return nil, err
	}
	components, err := langflowComponents(o, n)
	if err != nil {
		return nil, err
	}
	parts := t.Layout.Parts()
	return n.StartLangflow(ctx, stack.LangflowConfig{Venv: venv, Database: t.Database, Role: parts.Langflow, Options: parts.LangflowOptions,
		Components: components, Env: t.Langflow.Settings(o.langflow())})
}

// LangflowPython is the interpreter that the version of the options runs with.
func LangflowPython(ctx context.Context, o Options, n *stack.Native) (string, error) {
	venv, err := langflowEnv(ctx, o, n)
	return filepath.Join(venv, "bin", "python"), err
}

func langflowEnv(ctx context.Context, o Options, n *stack.Native) (string, error) {
	locked, err := langflowLock(o.langflow())
	if err != nil {
		return "", err
	}
	return n.Env(ctx, "langflow", locked, func(s string) { o.Console.Step("%s", s) })
}

// revisions are the migrations that each schema is at.
func revisions(ctx context.Context, s *System) (map[string]string, error) {
	heads, err := migrate.Revisions(ctx, s.Stack.DSN.Direct[superuser].Reveal())
	if err != nil {
		return nil, err
	}
	at := map[string]string{}
	for schema, revision := range map[string][]string{"public": heads.Public, "langflow": heads.Langflow} {
		if len(revision) > 0 {
			at[schema] = strings.Join(revision, ", ")
		}
	}
	return at, nil
}

// Close ends a stack that this system started, and leaves alone one that was up before.
func (s *System) Close(ctx context.Context) {
	if s.servers != nil {
		s.saveLogs()
		// What goes wrong here the keeper puts right when this process ends.
		_ = s.servers.Close(context.WithoutCancel(ctx))
	}
}

// base is nil where the stack was up before.
func (s *System) base() *stack.Native {
	if s.servers == nil {
		return nil
	}
	return s.servers.Base()
}

// Leave lets the stack go on without this process.
func (s *System) Leave(ctx context.Context, file string) error {
	plan, err := json.Marshal(kept{Plan: s.World.Plan, Seeding: s.Seeding})
	if err != nil {
		return fmt.Errorf("world: %w", err)
	}
	s.Stack.Paths.World = s.base().WorldFile()
	if err := os.WriteFile(s.Stack.Paths.World, plan, 0o644); err != nil {
		return fmt.Errorf("world: %w", err)
	}
	return s.base().Detach(ctx, s.Stack, file)
}

// join uses a stack that `bulkhead up` left.
func join(ctx context.Context, o Options) (*System, error) {
	st, err := stack.Load(ctx, o.Stack)
	if err != nil {
		return nil, err
	}
	if err := o.Backend.on(st); err != nil {
		return nil, err
	}
	sys := &System{Stack: st}
	if sys.World, sys.Seeding, err = readState(func(string) ([]byte, error) { return os.ReadFile(st.Paths.World) }); err != nil {
		return nil, err
	}
	sys.Seeding.Cached = true
	if sc := o.Scenario; sc.Seed != sys.World.Seed || sc.Tenants != sys.World.Tenants {
		o.Console.Step("the stack holds %d tenants of seed %d; tenants, rows and seed of the scenario don't apply to it", sys.World.Tenants, sys.World.Seed)
	}
	for _, name := range services(nil) {
		up := slices.ContainsFunc(st.Services, func(s stack.Service) bool { return s.Name == name })
		if !up || slices.Contains(o.Without, name) {
			sys.Missing = append(sys.Missing, name)
		}
	}
	sys.Epoch, err = countRun(filepath.Join(st.Paths.Scratch, "runs"))
	return sys, err
}

// countRun gives how many runs a stack has seen, this one included, so that each marks the rows that it writes with a number of its own.
func countRun(file string) (n int, err error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return 0, fmt.Errorf("counting the runs on this stack: %w", err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return 0, fmt.Errorf("counting the runs on this stack: %w", err)
	}
	text := make([]byte, 16)
	k, _ := f.Read(text)
	n, _ = strconv.Atoi(strings.TrimSpace(string(text[:k])))
	n++
	if _, err := f.WriteAt([]byte(strconv.Itoa(n)), 0); err != nil {
		return 0, fmt.Errorf("counting the runs on this stack: %w", err)
	}
	return n, nil
}
