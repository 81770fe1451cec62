package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
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
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
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
