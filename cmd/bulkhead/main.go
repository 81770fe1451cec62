// Command bulkhead proves, under load, that the tenants of a stack stay apart, and
// measures whether it is fast enough meanwhile. This file holds the signals and the
// exit code; each verb has a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/stack"
)

// Exit codes; scripts and CI branch on them.
const (
	exitPass        = 0
	exitLeak        = 1 // leak or weakness
	exitUsage       = 2 // usage or bad input
	exitObjective   = 3 // an objective was missed
	exitUnknown     = 4 // incomplete, inconclusive or invalid
	exitSetup       = 5 // the stack or set-up failed
	exitInterrupted = 130
)

// exitError carries the exit code that an error stands for. Without an err the
// verb has said all there is to say already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError marks an error as a mistake in what was typed or written in a file.
func usageError(err error) error { return &exitError{exitUsage, err} }

var errInterrupted = errors.New("interrupted")

func main() {
	// First of all: the process that holds the servers is this program too.
	if stack.IsKeeper() {
		os.Exit(stack.Keep())
	}
	os.Exit(realMain())
}

// realMain runs the command line; testscript calls it in place of main.
func realMain() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	go func() {
		<-signals
		fmt.Fprintln(os.Stderr, "\nbulkhead: stopping; once more to leave at once")
		cancel(errInterrupted)
		<-signals
		// The keeper sees its pipe close and clears up by itself.
		os.Exit(exitInterrupted)
	}()
	return execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	started := false
	root := newRootCmd()
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	code := exitCode(ctx, err, started)
	if err != nil {
		tell(stderr, err, code)
	}
	return code
}

// exitCode: what fails before a verb starts is usage, and what a verb doesn't
// class itself is a failed set-up.
func exitCode(ctx context.Context, err error, started bool) int {
	if err == nil {
		return exitPass
	}
	if errors.Is(context.Cause(ctx), errInterrupted) {
		return exitInterrupted
	}
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	if !started {
		return exitUsage
	}
	return exitSetup
}

func tell(w io.Writer, err error, code int) {
	var e *exitError
	if errors.As(err, &e) && e.err == nil {
		return
	}
	if code == exitInterrupted {
		fmt.Fprintln(w, "bulkhead: interrupted; nothing is left running")
		return
	}
	fmt.Fprintln(w, "bulkhead:", stack.Redact(err.Error()))
	if code == exitUsage {
		fmt.Fprintln(w, "see `bulkhead --help`")
	}
}

func newRootCmd() *cobra.Command {
	root := &cobra.Command{
		Use:           "bulkhead",
		Short:         "Prove that tenants stay apart under load, and measure it",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("bulkhead {{.Version}}\n")
	root.AddCommand(
		newRunCmd(),
		newUpCmd(),
		newDownCmd(),
		newAuditCmd(),
		newAttackCmd(),
		newDrillCmd(),
		newLayoutsCmd(),
		newCutoverCmd(),
		newCompareCmd(),
		newGateCmd(),
		newCostCmd(),
		newSignoffCmd(),
		newReportCmd(),
		newDoctorCmd(),
		newBenchCmd(),
		newValidateCmd(),
		newListCmd(),
	)
	return root
}

// release is set by the build of a release (-ldflags "-X main.release=v1.2.3").
var release string

// version names the release, or the commit that this was built from.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			revision = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changes"
		}
	}
	if revision == "" {
		return info.Main.Version
	}
	return "devel-" + revision + changed
}
