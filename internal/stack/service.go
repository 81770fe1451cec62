package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const tailLines = 15

// Command is a program that runs to its end under the keeper, so that it too can't
// outlive bulkhead: initdb, pip, a migration.
type Command struct {
	Name      string   // of its log: Out/logs/<Name>.log
	Argv      []string // argv[0] is an absolute path
	Env       []string // whole environment; nil: PATH, HOME and LANG alone
	Dir       string
	AsService bool // run as the service user, not as the one who called bulkhead
}

// Run runs a command and waits. When it fails, the error holds its last lines,
// secrets taken out. When ctx ends first, the command is stopped.
func (n *Native) Run(ctx context.Context, c Command) error {
	spec := n.spec(c.Name, c.Argv, c.Env, c.Dir, c.AsService)
	p, err := n.keeper.start(ctx, spec)
	if err != nil {
		return fmt.Errorf("run %s: %w", c.Name, err)
	}
	select {
	case <-p.done:
		if p.exit.Code != 0 || p.exit.Signal != 0 {
			return &Error{What: c.Name + " " + p.exit.String(), Mend: "read " + p.log, Log: n.tail(p)}
		}
		return nil
	case <-n.keeper.lost:
		return errors.New("the keeper of the stack has ended")
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		return errors.Join(fmt.Errorf("%s: %w", c.Name, context.Cause(ctx)), n.keeper.stop(stop, c.Name, syscall.SIGTERM, 5*time.Second))
	}
}

// spec fills in what all processes share.
func (n *Native) spec(name string, argv, env []string, dir string, asService bool) procSpec {
	if env == nil {
		env = plainEnv(n.scratch)
	}
	s := procSpec{
		Name: name, Argv: argv, Env: env, Dir: dir, Log: n.LogFile(name), UID: -1, GID: -1,
		StopSignal: int(syscall.SIGTERM), Grace: 2 * time.Second, DeathSignal: int(syscall.SIGKILL),
	}
	if s.Dir == "" {
		s.Dir = n.scratch
	}
	if asService {
		s.UID, s.GID = n.user.uid, n.user.gid
	}
	return s
}

// plainEnv keeps the caller's PG*, LANGFLOW_* and the like away from the servers.
func plainEnv(home string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8", "LC_ALL=C.UTF-8"}
}

// launch starts a service and waits until ready says so. A process that ends
// meanwhile, and a deadline that passes, are told with the log's last lines.
func (n *Native) launch(ctx context.Context, spec procSpec, limit time.Duration, ready func(context.Context) error) (*running, error) {
	p, err := n.keeper.start(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	if err := n.await(ctx, p, limit, ready); err != nil {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		_ = n.keeper.stop(stop, spec.Name, syscall.Signal(spec.StopSignal), spec.Grace)
		return p, err
	}
	return p, nil
}

func (n *Native) await(ctx context.Context, p *running, limit time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTooLate)
	defer cancel()
	pause := 20 * time.Millisecond
	var last error
	for {
		try, stop := context.WithTimeout(ctx, 5*time.Second)
		err := ready(try)
		stop()
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-p.done:
			return &Error{What: fmt.Sprintf("%s didn't start: it %s", p.name, p.exit), Mend: "read " + p.log, Log: n.tail(p)}
		case <-n.keeper.lost:
			return errors.New("the keeper of the stack has ended")
		case <-ctx.Done():
			if !errors.Is(context.Cause(ctx), errTooLate) {
				return fmt.Errorf("start %s: %w", p.name, context.Cause(ctx))
			}
			return &Error{What: fmt.Sprintf("%s isn't ready after %s", p.name, limit), Mend: "read " + p.log, Err: last, Log: n.tail(p)}
		case <-time.After(pause):
			pause = min(pause*2, 500*time.Millisecond)
		}
	}
}

var errTooLate = errors.New("deadline passed")

// tail gives the last lines that this start of a process logged.
func (n *Native) tail(p *running) string {
	file, err := os.Open(p.log)
	if err != nil {
		return ""
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return ""
	}
	const most = 16 << 10
	from := max(p.logFrom, st.Size()-most)
	data, err := io.ReadAll(io.NewSectionReader(file, from, most))
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	text := n.Secrets.Redact(strings.Join(lines, "\n"))
	if text == "" {
		return "    (its log is empty)"
	}
	return "    " + strings.ReplaceAll(text, "\n", "\n    ")
}

// Tail gives the last lines of a started service's log, secrets taken out.
func (n *Native) Tail(service string) string {
	if u := n.get(service); u != nil {
		return n.tail(u.proc)
	}
	return ""
}

// serviceUser is whom PostgreSQL, PgBouncer and Redis run as.
type serviceUser struct {
	name     string
	uid, gid int
}

// findServiceUser: the servers refuse to run as root, so root lends them another user.
func findServiceUser() (serviceUser, error) {
	if os.Getuid() != 0 {
		return serviceUser{name: "yourself", uid: os.Getuid(), gid: os.Getgid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid != 0 {
			return serviceUser{name, uid, gid}, nil
		}
	}
	return serviceUser{}, &Error{What: "PostgreSQL can't run as root, and there is no user postgres or nobody", Mend: "useradd --system postgres"}
}
