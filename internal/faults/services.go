package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/sql"
)

func restartRedis(ctx context.Context, t Target) (Undo, error) {
	return t.Stack.StartRedis, t.Stack.StopRedis(ctx)
}

func restartPostgres(ctx context.Context, t Target) (Undo, error) {
	return t.Stack.StartPostgres, t.Stack.StopPostgres(ctx)
}

const deathLimit = 10 * time.Second

// crashPostgres kills the postmaster. Its backends notice and end by themselves; a new postmaster refuses to start before the last
// has let go of the shared memory, so the ones that don't are killed too.
func crashPostgres(ctx context.Context, t Target) (Undo, error) {
	pid := t.Stack.Pid(stack.Postgres)
	if pid == 0 {
		return nil, errors.New("PostgreSQL isn't up")
	}
	backends := descendants(pid)
	if err := killAndWait(ctx, t.Stack, stack.Postgres, pid); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(deathLimit); ; time.Sleep(20 * time.Millisecond) {
		left := alive(backends, "postgres")
		if len(left) == 0 {
			return t.Stack.StartPostgres, nil
		}
		if time.Now().After(deadline) {
			return t.Stack.StartPostgres, fmt.Errorf("%d backends of the killed PostgreSQL don't end, the first is process %d", len(left), left[0])
		}
		if time.Until(deadline) < deathLimit/2 {
			for _, p := range left {
				_ = syscall.Kill(p, syscall.SIGKILL)
			}
		}
	}
}

func killLangflow(ctx context.Context, t Target) (Undo, error) {
	return t.Langflow, killWithWorkers(ctx, t.Stack, stack.Langflow)
}

func killBackend(ctx context.Context, t Target) (Undo, error) {
	return t.Backend, killWithWorkers(ctx, t.Stack, stack.Backend)
}

// killWithWorkers kills a service's first process and all workers at once, as the kernel does where memory runs out.
func killWithWorkers(ctx context.Context, n *stack.Native, service string) error {
	pid := n.Pid(service)
	if pid == 0 {
		return fmt.Errorf("%s isn't up", service)
	}
	workers := descendants(pid)
	if err := killAndWait(ctx, n, service, pid); err != nil {
		return err
	}
	for _, p := range alive(workers, "") {
		_ = syscall.Kill(p, syscall.SIGKILL) // a worker holds the port on which the next one has to answer
	}
	return nil
}

// killAndWait sends SIGKILL to the first process of a service and waits for the news of its end.
func killAndWait(ctx context.Context, n *stack.Native, service string, pid int) error {
	died := n.Died(service)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill %s, process %d: %w", service, pid, err)
	}
	select {
	case <-died:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(deathLimit):
		return fmt.Errorf("%s, process %d, doesn't end when killed", service, pid)
	}
}

// process is what /proc says of one.
type process struct {
	pid, parent int
	comm        string
	dead        bool // ended, and not yet waited for
}

func look(pid int) (p process, ok bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	text := string(data)
	open, shut := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if err != nil || open < 0 || shut < open {
		return process{}, false
	}
	fields := strings.Fields(text[shut+1:]) // state, parent, ...
	if len(fields) < 2 {
		return process{}, false
	}
	parent, err := strconv.Atoi(fields[1])
	return process{pid: pid, parent: parent, comm: text[open+1 : shut], dead: fields[0] == "Z" || fields[0] == "X"}, err == nil
}

// descendants are the processes that a process has started, and those that these have. They must be listed before it is killed: then
// they are adopted by the keeper.
func descendants(root int) (list []int) {
	children := map[int][]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, ok := look(pid); ok {
				children[p.parent] = append(children[p.parent], pid)
			}
		}
	}
	for todo := children[root]; len(todo) > 0; {
		pid := todo[0]
		list = append(list, pid)
		todo = append(todo[1:], children[pid]...)
	}
	return list
}

// alive gives those that still run; comm, where it isn't empty, guards against an id that another program got meanwhile.
func alive(pids []int, comm string) (list []int) {
	for _, pid := range pids {
		if p, ok := look(pid); ok && !p.dead && (comm == "" || p.comm == comm) {
			list = append(list, pid)
		}
	}
	return list
}

func killBackends(ctx context.Context, t Target) (Undo, error) {
	text, err := sql.FS.ReadFile("faults/kill_backends.sql")
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, t.Superuser)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var killed int
	if err := conn.QueryRow(ctx, string(text), t.Roles).Scan(&killed); err != nil {
		return nil, fmt.Errorf("sql/faults/kill_backends.sql: %w", err)
	}
	if killed == 0 {
		return nil, errors.New("the load had no backend to kill")
	}
	return nil, nil
}

// pausePooler: PAUSE answers once the transactions under way have ended.
func pausePooler(ctx context.Context, t Target) (Undo, error) {
	return func(ctx context.Context) error { return console(ctx, t.Console, "RESUME") }, console(ctx, t.Console, "PAUSE")
}

func console(ctx context.Context, dsn, command string) error {
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("the pooler's console: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, command).ReadAll(); err != nil {
		return fmt.Errorf("the pooler's console: %s: %w", command, err)
	}
	return nil
}

func slowNetwork(_ context.Context, t Target) (Undo, error) {
	if t.Proxy == nil {
		return nil, errors.New("the load doesn't go through the proxy")
	}
	t.Proxy.SetDelay(t.Delay)
	return func(context.Context) error { t.Proxy.SetDelay(0); return nil }, nil
}
