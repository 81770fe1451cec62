package stack

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// victim opens a stack, says where, starts everything and a forking child, and waits.
func victim(out string) int {
	ctx := context.Background()
	n, err := Open(ctx, Options{Out: out})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("scratch", n.scratch, n.keeper.pid)
	// A grandchild in a session of its own, as a daemon would make it.
	spec := n.spec("forker", []string{"/bin/sh", "-c", "setsid setsid sleep 600 & wait"}, nil, "", false)
	if _, err := n.keeper.start(ctx, spec); err != nil {
		fmt.Println("error", err)
		return 1
	}
	if err := startThree(ctx, n); err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("up", n.get(Postgres).port, n.get(PgBouncer).port, n.get(Redis).port)
	time.Sleep(time.Minute)
	return 0
}

type victimProc struct {
	cmd     *exec.Cmd
	lines   *bufio.Scanner
	scratch string
	keeper  int
}

func startVictim(t *testing.T) *victimProc {
	t.Helper()
	if testing.Short() {
		t.Skip("starts real servers")
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), victimEnv+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v := &victimProc{cmd: cmd, lines: bufio.NewScanner(out)}
	t.Cleanup(v.kill)
	if !v.lines.Scan() {
		t.Fatal("the victim said nothing")
	}
	if _, err := fmt.Sscanf(v.lines.Text(), "scratch %s %d", &v.scratch, &v.keeper); err != nil {
		t.Fatalf("the victim said %q", v.lines.Text())
	}
	return v
}

func (v *victimProc) kill() {
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
}

func (v *victimProc) waitUp(t *testing.T) []int {
	t.Helper()
	ports := make([]int, 3)
	if !v.lines.Scan() || !strings.HasPrefix(v.lines.Text(), "up ") {
		t.Fatalf("the victim didn't come up: %q", v.lines.Text())
	}
	if _, err := fmt.Sscanf(v.lines.Text(), "up %d %d %d", &ports[0], &ports[1], &ports[2]); err != nil {
		t.Fatal(err)
	}
	return ports
}

// limitAfterKill is how soon after the kill of bulkhead nothing of it may be left.
const limitAfterKill = 15 * time.Second

func TestKilledAtAnyMomentLeavesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 15))
	for i := range 4 {
		v := startVictim(t)
		after := time.Duration(rng.Int64N(int64(3 * time.Second)))
		time.Sleep(after)
		tr := traceOf(v.scratch, v.keeper)
		v.kill()
		began := time.Now()
		tr.mustVanish(t, limitAfterKill)
		t.Logf("round %d: killed %s after opening with %d processes, gone in %s", i, after.Round(time.Millisecond), len(tr.pids), time.Since(began).Round(time.Millisecond))
	}
}

func TestKilledWithAllUpLeavesNothing(t *testing.T) {
	v := startVictim(t)
	tr := traceOf(v.scratch, v.keeper, v.waitUp(t)...)
	tr = traceOf(v.scratch, v.keeper, tr.ports...)
	v.kill()
	tr.mustVanish(t, limitAfterKill)
}

// A postmaster killed outright leaves shared memory, which only the keeper can know of.
func TestKilledPostmasterLeavesNoSharedMemory(t *testing.T) {
	n := open(t, Options{})
	startServers(t, n)
	tr := traceOf(n.scratch, n.keeper.pid)
	control := controlSegment(t, n.Pid(Postgres))
	if err := syscall.Kill(n.Pid(Postgres), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-n.Died(Postgres):
	case <-time.After(10 * time.Second):
		t.Fatal("the keeper doesn't tell that postgres was killed")
	}
	if err := n.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	tr.mustVanish(t, time.Second)
	if _, err := os.Stat(control); err == nil {
		t.Errorf("%s is left", control)
	}
}

// controlSegment is the file of POSIX shared memory that a postmaster keeps its list in.
func controlSegment(t *testing.T, postmaster int) string {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", postmaster))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(maps), "\n") {
		if i := strings.Index(line, posixSegments); i >= 0 && len(listedSegments(line[i:])) > 0 {
			return line[i:]
		}
	}
	t.Fatal("the postmaster maps no control segment")
	return ""
}

// With the keeper killed too, the kernel ends the servers and the next start sweeps the rest.
func TestSweepAfterKilledKeeper(t *testing.T) {
	v := startVictim(t)
	tr := traceOf(v.scratch, v.keeper, v.waitUp(t)...)
	if err := syscall.Kill(v.keeper, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	v.kill()
	time.Sleep(2500 * time.Millisecond)
	Sweep(os.TempDir())
	tr.mustVanish(t, 5*time.Second)
}
