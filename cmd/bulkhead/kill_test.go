package main

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKill ends bulkhead by SIGKILL at random moments of a whole run, Langflow included: nothing may outlive it.
func TestKill(t *testing.T) {
	needsServers(t)
	rounds, span := 2, 25*time.Second
	if proving() {
		rounds, span = 10, 80*time.Second
	}
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	for round := range rounds {
		before := look(t)
		cmd := bulkhead(t, "run", "--scenario", scenario(), "--out", t.TempDir())
		var text bytes.Buffer
		cmd.Stdout, cmd.Stderr = &text, &text
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		moment := 200*time.Millisecond + time.Duration(rng.Int64N(int64(span)))
		time.Sleep(moment)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		lines := strings.Split(strings.TrimSpace(text.String()), "\n")
		t.Logf("round %d: killed after %s, at: %s", round+1, moment.Round(time.Millisecond), lines[len(lines)-1])
		nothingLeft(t, before, 20*time.Second)
	}
}

// TestInterrupt ends a run the polite way.
func TestInterrupt(t *testing.T) {
	needsServers(t)
	before := look(t)
	cmd := bulkhead(t, "run", "--scenario", "quick", "--without", "langflow", "--out", t.TempDir())
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, text.String())
	}
	nothingLeft(t, before, 100*time.Millisecond) // it waits for its own clean-up
}
