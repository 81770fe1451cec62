// Package faults breaks what the load runs on, on purpose and at a stated time: services killed or restarted, connections ended, the
// pooler paused, the network slowed, a disk filled. Each fault is undone before the run is judged. It never touches anything but the
// stack that this run started or the one that `bulkhead up` left, and it never judges what the fault did: the load, the ledger and the
// verdict do. Package run schedules what a scenario asks for.
package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/stack"
)

// Target is what a fault works on.
type Target struct {
	Stack     *stack.Native               // nil where the stack was up before
	Superuser string                      // connection string straight to the target's database
	Console   string                      // of PgBouncer, "" where there is none
	Roles     []string                    // that the load connects as
	Langflow  func(context.Context) error // starts it again, as the run did, and waits until it is healthy
	Backend   func(context.Context) error // the same of the backend
	Proxy     *Proxy                      // between the harness and the pooler, where the scenario slows the network
	Logs      string                      // folder on the small disk, "" where there is none
	Delay     time.Duration               // of this fault
}

// Undo takes a fault back and waits until what it took away is there again.
type Undo func(context.Context) error

// Spec is a kind of fault.
type Spec struct {
	Name  string
	Doc   string
	Needs []string // services
	Own   bool     // needs a stack that this run started: one that was up before would stay broken if the run were killed
	Lasts bool     // has an end; others are over at once
	Slows bool     // has a delay
	// Do brings the fault about and returns when it is in force. An undo that isn't nil must be called, whatever the error.
	Do func(context.Context, Target) (Undo, error)
	// Can says why this machine can't do it, nil where it can.
	Can func() error
}

// all is read-only, sorted by name.
var all = []Spec{
	{Name: "backends_kill", Do: killBackends,
		Doc: "PostgreSQL ends every backend of the load's roles (pg_terminate_backend)"},
	{Name: DiskFull, Own: true, Lasts: true, Do: fillDisk, Can: canMount,
		Doc: "the disk with the services' logs in the run's folder is full"},
	{Name: "langflow_kill", Needs: []string{stack.Langflow}, Own: true, Lasts: true, Do: killLangflow,
		Doc: "Langflow is killed (SIGKILL); at the end it is started again and its tables are closed anew"},
	{Name: NetworkSlow, Lasts: true, Slows: true, Do: slowNetwork,
		Doc: "each round trip between the harness and the database takes longer"},
	{Name: "pooler_pause", Needs: []string{stack.PgBouncer}, Own: true, Lasts: true, Do: pausePooler,
		Doc: "PgBouncer is paused (PAUSE) and goes on at the end (RESUME)"},
	{Name: "postgres_crash", Own: true, Lasts: true, Do: crashPostgres,
		Doc: "PostgreSQL's postmaster is killed (SIGKILL); started again at the end, it recovers from its log"},
	{Name: "postgres_restart", Own: true, Lasts: true, Do: restartPostgres,
		Doc: "PostgreSQL is stopped (fast shutdown) and started again at the end"},
	{Name: "redis_restart", Needs: []string{stack.Redis}, Own: true, Lasts: true, Do: restartRedis,
		Doc: "Redis is stopped and started again at the end, empty"},
	{Name: "service_kill", Needs: []string{stack.Backend}, Own: true, Lasts: true, Do: killBackend,
		Doc: "the backend is killed (SIGKILL) with its workers; at the end it is started again"},
}

// Names of faults that change how a run is set up.
const (
	NetworkSlow = "network_slow" // the door leads through a Proxy
	DiskFull    = "disk_full"    // the services start with their logs on a small disk
)

// All lists the faults.
func All() []Spec { return slices.Clone(all) }

// Names lists the names of the faults, sorted.
func Names() []string {
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.Name
	}
	return names
}

// Find gives the fault of a name.
func Find(name string) (Spec, bool) {
	i := slices.IndexFunc(all, func(s Spec) bool { return s.Name == name })
	if i < 0 {
		return Spec{}, false
	}
	return all[i], true
}

// ErrRefused says that a scenario's fault can't be brought about here: the scenario doesn't fit the stack or the machine.
var ErrRefused = errors.New("refused")

// Check says, before anything is started, why faults can't be brought about: own tells that this run starts its stack, without are the
// services that are left out.
func Check(names []string, own bool, without []string) error {
	var problems []error
	for _, name := range names {
		s, ok := Find(name)
		if !ok {
			problems = append(problems, fmt.Errorf("fault %s: there is no such fault; there are: %s", name, strings.Join(Names(), ", ")))
			continue
		}
		if s.Own && !own {
			problems = append(problems, fmt.Errorf("fault %s: needs a stack that the run starts itself, since one that is up already would stay broken "+
				"if the run were killed; leave --stack out", name))
			continue
		}
		for _, service := range s.Needs {
			if slices.Contains(without, service) {
				problems = append(problems, fmt.Errorf("fault %s: needs %s, which is left out; leave it in", name, service))
			}
		}
		if s.Can != nil {
			if err := s.Can(); err != nil {
				problems = append(problems, fmt.Errorf("fault %s: %w", name, err))
			}
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("%w: %w", ErrRefused, errors.Join(problems...))
	}
	return nil
}

// canMount: a small disk is a tmpfs in a mount namespace of the services' own.
func canMount() error {
	if os.Geteuid() != 0 {
		return errors.New("the small disk is mounted, which only root can do; run as root, or leave this fault out")
	}
	if err := onSmallDisk(os.TempDir(), func() error { return nil }); err != nil {
		return fmt.Errorf("a small disk can't be mounted here: %w; give the container the right to mount (CAP_SYS_ADMIN), or leave this fault out", err)
	}
	return nil
}
