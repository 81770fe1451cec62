package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/scenarios"
)

func TestRegistry(t *testing.T) {
	if !slices.IsSorted(Names()) || len(Names()) < 8 {
		t.Errorf("names %v", Names())
	}
	for _, s := range All() {
		if s.Doc == "" || s.Do == nil || s.Slows && !s.Lasts {
			t.Errorf("%+v", s)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := Check([]string{"backends_kill", NetworkSlow}, false, nil); err != nil {
		t.Errorf("what needs no stack of its own: %v", err)
	}
	for want, err := range map[string]error{
		"leave --stack out":              Check([]string{"postgres_crash"}, false, nil),
		"needs redis, which is left out": Check([]string{"redis_restart"}, true, []string{stack.Redis}),
		"there is no such fault":         Check([]string{"flood"}, true, nil),
		"needs langflow, which is left":  Check([]string{"langflow_kill"}, true, []string{stack.Langflow}),
	} {
		if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
}

// echo is a server that sends every line back.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); _, _ = io.Copy(c, c) }()
		}
	}()
	return l.Addr().String()
}

func TestProxyDelaysEachRoundTrip(t *testing.T) {
	p, err := NewProxy(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c, err := net.Dial("tcp4", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers := bufio.NewReader(c)
	trip := func() time.Duration {
		t.Helper()
		begun := time.Now()
		fmt.Fprintln(c, "x")
		if _, err := answers.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		return time.Since(begun)
	}
	trip()
	if d := trip(); d > 20*time.Millisecond {
		t.Errorf("%s without a delay", d)
	}
	p.SetDelay(60 * time.Millisecond)
	for range 3 {
		if d := trip(); d < 60*time.Millisecond || d > 150*time.Millisecond {
			t.Errorf("%s with a delay of 60 ms", d)
		}
	}
	// Latency, not bandwidth: what is sent together arrives together, in order.
	begun := time.Now()
	var want strings.Builder
	for i := range 200 {
		line := fmt.Sprintf("%d %s\n", i, strings.Repeat("y", 1000))
		want.WriteString(line)
		fmt.Fprint(c, line)
	}
	got := make([]byte, want.Len())
	if _, err := io.ReadFull(answers, got); err != nil || string(got) != want.String() {
		t.Errorf("the bytes came back changed (%v)", err)
	}
	if d := time.Since(begun); d > 500*time.Millisecond {
		t.Errorf("200 kB took %s", d)
	}
	p.SetDelay(0)
	if d := trip(); d > 20*time.Millisecond {
		t.Errorf("%s after the delay", d)
	}
}

func TestProxyClosesWhatItsServerCloses(t *testing.T) {
	p, err := NewProxy("127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp4", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a server that isn't there: %v", err)
	}
	p.Close()
	if _, err := net.Dial("tcp4", p.Addr()); err == nil {
		t.Error("it listens after Close")
	}
}

func TestScheduleGoesByTheClock(t *testing.T) {
	p, err := NewProxy(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	began := time.Now()
	planned := []scenarios.Fault{{Name: NetworkSlow, At: 100 * time.Millisecond, For: 200 * time.Millisecond, Delay: time.Second}, {Name: NetworkSlow, At: time.Hour, For: time.Second}}
	s := Begin(t.Context(), planned, Target{Proxy: p}, began, t.Logf)
	time.Sleep(time.Until(began.Add(200 * time.Millisecond)))
	if d := time.Duration(p.delay.Load()); d != time.Second {
		t.Errorf("delay %s while the fault lasts", d)
	}
	time.Sleep(time.Until(began.Add(400 * time.Millisecond)))
	told := s.Stop()
	if len(told) != 2 || p.delay.Load() != 0 {
		t.Fatalf("%+v", told)
	}
	if f := told[0]; !f.Done || f.Error != "" || f.StartedSeconds < 0.1 || f.StartedSeconds > 0.2 || f.EndedSeconds < 0.3 || f.EndedSeconds > 0.4 {
		t.Errorf("%+v", f)
	}
	if f := told[1]; f.Done || !strings.Contains(f.Error, "over before its time") {
		t.Errorf("%+v", f)
	}
}

// TestStopTakesAFaultBack: a run that is interrupted must not leave the fault in force.
func TestStopTakesAFaultBack(t *testing.T) {
	p, err := NewProxy(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	s := Begin(t.Context(), []scenarios.Fault{{Name: NetworkSlow, For: time.Hour, Delay: time.Second}}, Target{Proxy: p}, time.Now(), t.Logf)
	for deadline := time.Now().Add(5 * time.Second); p.delay.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never began")
		}
	}
	if told := s.Stop(); p.delay.Load() != 0 || !told[0].Done {
		t.Errorf("delay %d, %+v", p.delay.Load(), told)
	}
}

// TestSmallDisk fills it, and holds that nobody outside sees it and nothing stays.
func TestSmallDisk(t *testing.T) {
	if err := canMount(); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	err := OpenOnSmallDisk(dir, func() error {
		undo, err := fillDisk(context.Background(), Target{Logs: dir})
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "a.log"), []byte("line"), 0o600); !errors.Is(err, unix.ENOSPC) {
			return fmt.Errorf("writing to the full disk: %w", err)
		}
		if err := undo(context.Background()); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "a.log"), []byte("line"), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left outside: %v, %v", left, err)
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil || strings.Contains(string(mounts), dir) {
		t.Errorf("%s is mounted in this process's view (%v)", dir, err)
	}
}

// TestDescendants: a worker started by a worker is found, a dead one isn't alive.
func TestDescendants(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sh -c 'sleep 60 & wait' & wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	}()
	var all []int
	for deadline := time.Now().Add(5 * time.Second); len(alive(all, "sleep")) == 0; time.Sleep(10 * time.Millisecond) {
		if all = descendants(cmd.Process.Pid); time.Now().After(deadline) {
			t.Fatalf("no sleep among %v", all)
		}
	}
	sleep := alive(all, "sleep")[0]
	if slices.Contains(alive(all, "postgres"), sleep) {
		t.Error("the name makes no difference")
	}
	_ = syscall.Kill(sleep, syscall.SIGKILL)
	for deadline := time.Now().Add(5 * time.Second); len(alive([]int{sleep}, "")) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the killed one is alive")
		}
	}
}
