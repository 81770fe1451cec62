package stack

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// victimEnv makes the test binary a process that opens a stack and waits to be killed.
const victimEnv = "BULKHEAD_TEST_VICTIM"

func TestMain(m *testing.M) {
	if IsKeeper() {
		os.Exit(Keep())
	}
	if out := os.Getenv(victimEnv); out != "" {
		os.Exit(victim(out))
	}
	os.Exit(m.Run())
}

// open opens a stack whose end the test waits for; should the test binary be
// killed, the keeper does the same.
func open(t *testing.T, o Options) *Native {
	t.Helper()
	if testing.Short() {
		t.Skip("starts real servers")
	}
	if o.Out == "" {
		o.Out = t.TempDir()
	}
	o.Log = t.Logf
	n, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := os.Stat(n.scratch); err == nil {
			if err := n.Close(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	return n
}

// trace is what a stack has on the machine, to be looked for after its end.
type trace struct {
	scratch string
	pids    []int
	ports   []int
	shared  map[int]bool
}

func traceOf(scratch string, keeper int, ports ...int) trace {
	tr := trace{scratch: scratch, pids: append(descendants(keeper), keeper), ports: ports, shared: map[int]bool{}}
	if data, err := os.ReadFile(filepath.Join(scratch, postgresDir, dataDir, "postmaster.pid")); err == nil {
		if lines := strings.Split(string(data), "\n"); len(lines) > 6 {
			if f := strings.Fields(lines[6]); len(f) == 2 {
				id, _ := strconv.Atoi(f[1])
				tr.shared[id] = true
			}
		}
	}
	return tr
}

// left lists what is still there.
func (tr trace) left() []string {
	var left []string
	if _, err := os.Stat(tr.scratch); err == nil {
		left = append(left, "folder "+tr.scratch)
	}
	for _, pid := range withEnviron(scratchEnv + "=" + tr.scratch) {
		left = append(left, fmt.Sprintf("process %d of the stack", pid))
	}
	for _, pid := range tr.pids {
		if s, ok := readStat(pid); ok && !s.gone() && s.comm != "stack.test" {
			left = append(left, fmt.Sprintf("process %d (%s)", pid, s.comm))
		}
	}
	for _, port := range tr.ports {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("%s:%d", loopback, port), time.Second)
		if err == nil {
			conn.Close()
			left = append(left, fmt.Sprintf("port %d", port))
		}
	}
	for _, s := range sharedSegments() {
		if tr.shared[s.id] {
			left = append(left, fmt.Sprintf("shared memory %d", s.id))
		}
	}
	return left
}

// mustVanish waits until nothing is left, within the limit.
func (tr trace) mustVanish(t *testing.T, limit time.Duration) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		left := tr.left()
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s still there: %s", limit, strings.Join(left, ", "))
		}
		time.Sleep(50 * time.Millisecond)
	}
}
