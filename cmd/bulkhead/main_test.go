package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/engardehq/bulkhead/internal/stack"
)

func TestMain(m *testing.M) {
	// A stack that a script opens is held by this binary too.
	if stack.IsKeeper() {
		os.Exit(stack.Keep())
	}
	testscript.Main(m, map[string]func(){"bulkhead": func() { os.Exit(realMain()) }})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits}})
}

// exits runs a program and holds its exit code against the first argument: exits 2 bulkhead run --scenario nowhere.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func TestExitCodes(t *testing.T) {
	interrupted, cancel := context.WithCancelCause(context.Background())
	cancel(errInterrupted)
	for name, tc := range map[string]struct {
		ctx     context.Context
		err     error
		started bool
		want    int
	}{
		"pass":                     {context.Background(), nil, true, exitPass},
		"before a verb":            {context.Background(), errors.New("unknown flag"), false, exitUsage},
		"a verb's own class":       {context.Background(), fmt.Errorf("run: %w", &exitError{code: exitObjective}), true, exitObjective},
		"a stack that won't start": {context.Background(), &stack.Error{What: "no"}, true, exitSetup},
		"interrupted":              {interrupted, &exitError{code: exitLeak}, true, exitInterrupted},
	} {
		if got := exitCode(tc.ctx, tc.err, tc.started); got != tc.want {
			t.Errorf("%s: exit code %d, want %d", name, got, tc.want)
		}
	}
}

func TestErrorsAreToldWithoutSecrets(t *testing.T) {
	var b bytes.Buffer
	tell(&b, errors.New("dial postgres://app:w0rd@127.0.0.1/x"), exitSetup)
	if strings.Contains(b.String(), "w0rd") || !strings.Contains(b.String(), "postgres://app") {
		t.Error(b.String())
	}
}
