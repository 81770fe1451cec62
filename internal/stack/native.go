// Package stack starts and ends what a target needs to run: PostgreSQL 15,
// PgBouncer, Redis, Langflow and the backend, as child processes on loopback ports under a
// scratch folder, held by a keeper process so that nothing outlives bulkhead.
// The first three may also run in containers, which the keeper removes.
//
// It caches Python environments and cleanly stopped data folders between runs,
// writes and reads stack.json, and says what a machine lacks (doctor). It makes no
// role, schema or row: migrate and seed do. It never starts a server that other machines can reach.
// run (for up and run), and the verbs down and doctor, call it.
package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Names of the services, as in Options.Ports and in reports.
const (
	Postgres  = "postgres"
	PgBouncer = "pgbouncer"
	Redis     = "redis"
	Langflow  = "langflow"
	Backend   = "backend"
)

const superuser = "postgres" // the role made by initdb

// Options say how a native stack is to be opened.
type Options struct {
	Out     string         // folder of the run; logs go to Out/logs
	Ports   map[string]int // service -> port asked for; others get a free one
	PGBin   string         // folder of PostgreSQL's programs; "" looks for it
	Without []string       // services that won't be started, so needn't be installed
	Log     func(format string, args ...any)
}

// Native is a stack of child processes. Its methods may be used from several goroutines.
type Native struct {
	Secrets *Secrets // those of the data folder in use; CopyTo replaces them

	opts    Options
	keeper  *keeperClient
	scratch string
	logs    string
	user    serviceUser
	tools   tools

	controlData func(context.Context) (string, error) // what pg_controldata says of DataDir

	mu       sync.Mutex
	up       map[string]*up // by service name
	settings map[string]string
	dbs      []string
	poolers  []string // roles that PgBouncer knows
	portMu   sync.Mutex
	given    map[int]bool   // ports handed out in this process
	again    map[string]int // port that a service had before it was stopped
}

// up is a service that was started.
type up struct {
	proc    *running
	version string
	port    int
	image   string // that its container is of, "" for a child process
}

// Open checks that the programs are there, sweeps what killed keepers have left,
// and starts a keeper with a fresh scratch folder. Nothing serves yet.
func Open(ctx context.Context, o Options) (*Native, error) {
	tools, err := findTools(ctx, o)
	if err != nil {
		return nil, err
	}
	n, err := openBase(ctx, o, openArgs{})
	if err != nil {
		return nil, err
	}
	n.tools = tools
	n.controlData = func(ctx context.Context) (string, error) {
		return output(ctx, filepath.Join(tools.pgBin, "pg_controldata"), "-D", n.DataDir())
	}
	return n, nil
}

// openBase starts a keeper with what all stacks have, whoever runs their servers.
func openBase(ctx context.Context, o Options, args openArgs) (*Native, error) {
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	user, err := findServiceUser()
	if err != nil {
		return nil, err
	}
	for service, port := range o.Ports {
		if err := checkPort(service, port); err != nil {
			return nil, err
		}
	}
	logs, err := logFolder(o.Out)
	if err != nil {
		return nil, err
	}
	for _, dir := range Sweep(os.TempDir()) {
		o.Log("removed what a killed run had left in %s", dir)
	}
	k, err := startKeeper(filepath.Join(logs, "keeper.log"))
	if err != nil {
		return nil, err
	}
	args.TempDir, args.Owner = os.TempDir(), user.uid
	got, err := k.ask(ctx, request{Op: "open", Open: &args})
	if err != nil {
		k.pipe.Close()
		return nil, fmt.Errorf("open scratch folder: %w", err)
	}
	return &Native{
		Secrets: NewSecrets(), opts: o, keeper: k, scratch: got.Scratch, logs: logs, user: user,
		up: map[string]*up{}, settings: map[string]string{}, given: map[int]bool{},
	}, nil
}

// logFolder makes Out/logs and empties the logs of an earlier run in it.
func logFolder(out string) (string, error) {
	logs, err := filepath.Abs(filepath.Join(out, "logs"))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return "", &Error{What: "can't write to the output folder " + out, Mend: "choose another with --out", Err: err}
	}
	probe, err := os.CreateTemp(logs, ".probe-*")
	if err != nil {
		return "", &Error{What: "can't write to the output folder " + out, Mend: "choose another with --out", Err: err}
	}
	probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return "", err
	}
	old, _ := filepath.Glob(filepath.Join(logs, "*.log"))
	for _, name := range old {
		if err := os.Truncate(name, 0); err != nil {
			return "", fmt.Errorf("empty old log: %w", err)
		}
	}
	return logs, nil
}

// Base is the stack itself: what is the same whoever runs the servers.
func (n *Native) Base() *Native { return n }

// Scratch is the stack's folder; it is removed when the stack ends.
func (n *Native) Scratch() string { return n.scratch }

// LogFile is where the log of a service or command of that name goes; it is kept.
func (n *Native) LogFile(name string) string { return filepath.Join(n.logs, name+".log") }

// DataDir is PostgreSQL's data folder inside the scratch folder.
func (n *Native) DataDir() string { return filepath.Join(n.scratch, postgresDir, dataDir) }

// LangflowDir is Langflow's config folder inside the scratch folder.
func (n *Native) LangflowDir() string { return filepath.Join(n.scratch, Langflow, "config") }

// WorldFile is where `up` leaves the world of a stack that stays.
func (n *Native) WorldFile() string { return filepath.Join(n.scratch, "world.json") }

// Close stops everything in reverse order and removes the scratch folder. It
// does so even when ctx is over, within a time limit of its own.
func (n *Native) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 90*time.Second)
	defer cancel()
	if err := n.keeper.close(ctx); err != nil {
		return fmt.Errorf("stop the stack: %w", err)
	}
	return nil
}

// Detach lets the stack go on after this process ends, and writes its stack file
// first: should that fail, the stack still ends with the process.
func (n *Native) Detach(ctx context.Context, s *Stack, path string) error {
	if err := s.Save(path); err != nil {
		return err
	}
	if err := n.keeper.detach(ctx); err != nil {
		return errors.Join(fmt.Errorf("leave the stack running: %w", err), os.Remove(path))
	}
	return nil
}

// Died gives a channel for each started service: it closes when that service ends.
func (n *Native) Died(service string) <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if u := n.up[service]; u != nil {
		return u.proc.done
	}
	return nil
}

// Pid is the process id of a started service, 0 when it isn't up.
func (n *Native) Pid(service string) int {
	if u := n.get(service); u != nil {
		return u.proc.pid
	}
	return 0
}

// Addr is host:port of a started service, "" when it isn't up.
func (n *Native) Addr(service string) string {
	if u := n.get(service); u != nil {
		return fmt.Sprintf("%s:%d", loopback, u.port)
	}
	return ""
}

// DirectDSN is a connection string to PostgreSQL itself.
func (n *Native) DirectDSN(role, database string) DSN { return n.dsn(Postgres, role, database) }

// PooledDSN is a connection string through PgBouncer.
func (n *Native) PooledDSN(role, database string) DSN { return n.dsn(PgBouncer, role, database) }

func (n *Native) dsn(service, role, database string) DSN {
	u := n.get(service)
	if u == nil {
		return ""
	}
	return postgresURL(role, n.Secrets.Role(role), loopback, u.port, database)
}

func (n *Native) get(service string) *up {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.up[service]
}

func (n *Native) set(service string, u *up) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if u == nil {
		delete(n.up, service)
		return
	}
	n.up[service] = u
}
