package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/stack/containers"
	"github.com/engardehq/bulkhead/internal/stack/stacktest"
)

// TestContainers runs the servers in a real Docker: bulkhead is killed while they are up, then its keeper too, and at last a whole run
// clears away what that left and gives its verdict.
func TestContainers(t *testing.T) {
	needsServers(t)
	stacktest.Docker(t)
	docker, err := containers.Reach(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer docker.Close()
	others := ownersIn(t, docker)
	args := []string{"run", "--provider", "containers", "--scenario", "quick", "--without", "langflow", "--out"}

	t.Run("bulkhead killed", func(t *testing.T) {
		scratch := killLoading(t, docker, append(args, t.TempDir()), false)
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			_, err := os.Stat(scratch) // the keeper removes it last
			left := slices.Contains(ownersIn(t, docker), scratch)
			if errors.Is(err, os.ErrNotExist) && !left {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("still there: containers %v, folder %s (%v)", left, scratch, err)
			}
		}
	})
	t.Run("keeper killed too", func(t *testing.T) {
		scratch := killLoading(t, docker, append(args, t.TempDir()), true)
		if !slices.Contains(ownersIn(t, docker), scratch) {
			t.Fatal("nobody is there to remove the containers, and they are gone")
		}
		time.Sleep(2 * time.Second) // a folder so young may be about to get its keeper
	})
	t.Run("verdict", func(t *testing.T) {
		out := t.TempDir()
		_, text := must(t, bulkhead(t, append(args, out)...), exitObjective, exitUnknown)
		if left := ownersIn(t, docker); len(left) > len(others) {
			t.Errorf("containers are left of %v", left)
		}
		if !strings.Contains(text, "removed the containers that a killed run had left") {
			t.Errorf("it doesn't tell of the containers that were left:\n%s", text)
		}
		doc := readRun(t, out)
		isolated(t, doc)
		if doc.Stack.Provider != stack.ProviderContainers || doc.Stack.Settings["fsync"] != "on" || doc.Isolation.Written == 0 {
			t.Errorf("stack %+v, %d rows written", doc.Stack, doc.Isolation.Written)
		}
		for _, name := range []string{stack.Postgres, stack.PgBouncer, stack.Redis} {
			i := slices.IndexFunc(doc.Stack.Services, func(s result.Service) bool { return s.Name == name })
			if s := doc.Stack.Services[i]; !strings.HasPrefix(s.Image, "bulkhead/"+name+":") || s.Version == "" || !strings.HasPrefix(s.Address, "127.0.0.1:") {
				t.Errorf("service %+v", s)
			}
		}
	})
}

// killLoading starts a run, waits until it loads, looks at what it published, and kills it, on demand with its keeper. It gives the
// scratch folder of its stack.
func killLoading(t *testing.T, docker *containers.Engine, args []string, keeperToo bool) (scratch string) {
	t.Helper()
	others := ownersIn(t, docker)
	cmd := bulkhead(t, args...)
	var text progress
	cmd.Stdout, cmd.Stderr = io.Discard, &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	defer func() { _ = cmd.Process.Kill(); <-ended }()
	limit := time.After(8 * time.Minute) // it may have to build the images first
	for !strings.Contains(text.String(), "loading: ") {
		select {
		case <-ended:
			t.Fatalf("it ended before its load:\n%s", text.String())
		case <-limit:
			t.Fatalf("it doesn't get to its load:\n%s", text.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	ports, err := docker.Published(t.Context())
	if err != nil || len(ports) < 3 {
		t.Fatalf("published are %v, %v", ports, err)
	}
	for _, p := range ports {
		if !p.Addr().IsLoopback() {
			t.Errorf("others can reach %s", p)
		}
		conn, err := net.Dial("tcp", p.String())
		if err != nil {
			t.Error(err)
			continue
		}
		conn.Close()
	}
	for _, owner := range ownersIn(t, docker) {
		if !slices.Contains(others, owner) {
			scratch = owner
		}
	}
	keeper := childOf(t, cmd.Process.Pid, "stack-keeper")
	_ = cmd.Process.Kill()
	if keeperToo {
		_ = syscall.Kill(keeper, syscall.SIGKILL)
	}
	return scratch
}

// childOf gives the child of a process that goes by a name.
func childOf(t *testing.T, parent int, name string) int {
	t.Helper()
	all, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, file := range all {
		text, _ := os.ReadFile(file)
		if strings.HasPrefix(string(text), "Name:\t"+name) && strings.Contains(string(text), fmt.Sprintf("\nPPid:\t%d\n", parent)) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
				return pid
			}
		}
	}
	t.Fatalf("process %d has no child %s", parent, name)
	return 0
}

// progress is what a program has said so far.
type progress struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *progress) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func ownersIn(t *testing.T, docker *containers.Engine) []string {
	t.Helper()
	owners, err := docker.Owners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return owners
}

// TestNoDocker names what is missing, and how to mend it.
func TestNoDocker(t *testing.T) {
	cmd := bulkhead(t, "run", "--provider", "containers", "--scenario", "quick", "--out", t.TempDir())
	cmd.Env = append(cmd.Environ(), fmt.Sprintf("DOCKER_HOST=unix://%s/docker.sock", t.TempDir()))
	_, text := must(t, cmd, exitSetup)
	for _, want := range []string{"Docker can't be reached", "docker.sock", "apt-get install docker.io"} {
		if !strings.Contains(text, want) {
			t.Errorf("it doesn't say %q: %s", want, text)
		}
	}
}
