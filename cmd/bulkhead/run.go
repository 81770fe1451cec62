package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/faults"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/reports"
	"github.com/engardehq/bulkhead/scenarios"
)

// setup is what run and up have in common.
type setup struct {
	scenario string
	out      string
	without  []string
	ports    []string
	provider string
	langflow string
	pgBin    string

	operations string
}

func (s *setup) flags(cmd *cobra.Command, out string) {
	f := cmd.Flags()
	f.StringVar(&s.scenario, "scenario", "default", "a shipped scenario or a file (shipped: "+strings.Join(scenarios.Shipped(), ", ")+")")
	f.StringVar(&s.operations, "operations", "", "folder of operations of your own, .yaml and .sql files, for the scenario's mix")
	f.StringVar(&s.out, "out", out, "folder for the report, run.json and the services' logs")
	f.StringSliceVar(&s.without, "without", nil, "services to leave out (backend, langflow, redis, pgbouncer); what depends on them is then not checked")
	f.StringSliceVar(&s.ports, "port", nil, "ports to use, as service=port (default: free ones)")
	f.StringVar(&s.provider, "provider", stack.ProviderNative, "who runs PostgreSQL, PgBouncer and Redis: native (processes of this machine) or containers (Docker)")
	f.StringVar(&s.langflow, "langflow", "", "version of Langflow, one of "+strings.Join(run.LangflowVersions(), ", ")+" (default: the first)")
	f.StringVar(&s.pgBin, "pg-bin", "", "folder of PostgreSQL 15's programs (default: looked for)")
}

// options checks what was typed and written, before anything is started.
func (s *setup) options(cmd *cobra.Command) (o run.Options, err error) {
	t, err := targetWith(s.operations)
	if err != nil {
		return o, err
	}
	o = run.Options{Target: t, Out: s.out, Provider: s.provider, Langflow: s.langflow, Without: s.without, PGBin: s.pgBin, Version: version(), Ports: map[string]int{}}
	if o.Scenario, err = scenarios.Open(s.scenario, knownTo(t)); err != nil {
		return o, usageError(err)
	}
	if o.Scenario.Target != t.Name {
		return o, usageError(fmt.Errorf("scenario %s: target %s is not there; the one that ships is %s", o.Scenario.Name, o.Scenario.Target, t.Name))
	}
	if !slices.Contains(run.Providers, s.provider) {
		return o, usageError(fmt.Errorf("--provider %s: there is no such provider; one of %s", s.provider, strings.Join(run.Providers, ", ")))
	}
	if s.provider == stack.ProviderContainers && s.pgBin != "" {
		return o, usageError(errors.New("--pg-bin names programs of this machine; it doesn't go with --provider containers"))
	}
	if cmd.Flags().Changed("langflow") && !slices.Contains(run.LangflowVersions(), s.langflow) {
		return o, usageError(fmt.Errorf("--langflow %s: there is no such version here; one of %s", s.langflow, strings.Join(run.LangflowVersions(), ", ")))
	}
	known := []string{stack.Postgres, stack.PgBouncer, stack.Redis, stack.Langflow, stack.Backend}
	for _, name := range s.without {
		if !slices.Contains(known[1:], name) {
			return o, usageError(fmt.Errorf("--without %s: no such service; one of %s can be left out", name, strings.Join(known[1:], ", ")))
		}
	}
	if slices.Contains(s.without, stack.PgBouncer) && o.Scenario.Load.Through == scenarios.PgBouncer {
		return o, usageError(fmt.Errorf("--without pgbouncer: scenario %s goes through it; use one with load.through: direct", o.Scenario.Name))
	}
	for _, p := range s.ports {
		name, number, _ := strings.Cut(p, "=")
		port, err := strconv.Atoi(number)
		if err != nil || port < lowestPort || port > 65535 || !slices.Contains(known, name) {
			return o, usageError(fmt.Errorf("--port %s: want service=port with a service of %s and a port from %d to 65535", p, strings.Join(known, ", "), lowestPort))
		}
		o.Ports[name] = port
	}
	o.Console = newConsole(cmd.ErrOrStderr())
	return o, nil
}

// lowestPort: below it only root may listen, and the servers don't run as root.
const lowestPort = 1024

func newRunCmd() *cobra.Command {
	var (
		s         setup
		stackFile string
		pipelined bool
		failFast  bool
		wanted    []string
		gateFile  string

		backend, routes string
	)
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Start the stack, seed it, load it, check every row, and give a verdict",
		Long: "Start the stack, seed it, load it, check every row that comes back, and give a verdict.\n\n" +
			"Exit codes: 0 pass, 1 leak or weakness, 2 bad input, 3 objective missed, 4 unknown, 5 the stack or set-up failed, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := s.options(cmd)
			if err != nil {
				return err
			}
			if o.Backend, err = ownBackend(backend, routes); err != nil {
				return usageError(err)
			}
			if o.Backend != nil && stackFile == "" {
				return usageError(errors.New("--backend needs --stack: your backend has to be told where the stack's servers are before the run"))
			}
			if o.Stack = stackFile; o.Stack != "" {
				if len(s.ports) > 0 || s.pgBin != "" || cmd.Flags().Changed("provider") || cmd.Flags().Changed("langflow") {
					return usageError(errors.New("--port, --provider, --langflow and --pg-bin start a stack; they don't go with --stack"))
				}
				if _, err := stack.Load(cmd.Context(), o.Stack); err != nil {
					return setupError(cmd.Context(), err)
				}
			}
			if cmd.Flags().Changed("pipelined") {
				o.Scenario.Load.Pipelined = pipelined
			}
			if cmd.Flags().Changed("fail-fast") {
				o.Scenario.Load.FailFast = failFast
			}
			also, err := reportsWanted(wanted)
			if err != nil {
				return usageError(err)
			}
			var g *openedGate
			if cmd.Flags().Changed("gate") {
				opened, err := openGate(gateFile, knownFor(o.Scenario))
				if err != nil {
					return usageError(err)
				}
				g = &opened
			}
			return runAndReport(cmd, o, !cmd.Flags().Changed("out"), also, g)
		},
	}
	s.flags(cmd, "out/<time>")
	cmd.Flags().StringVar(&stackFile, "stack", "", "stack file of a stack that `bulkhead up` left (default: start one)")
	backendFlags(cmd.Flags(), &backend, &routes)
	cmd.Flags().BoolVar(&pipelined, "pipelined", true, "send a transaction in one round trip; =false sends one statement at a time (default: as the scenario says)")
	cmd.Flags().StringSliceVar(&wanted, "report", nil, "reports to write as well, as format or format=file, such as junit,markdown=summary.md (bulkhead report --help tells the formats)")
	cmd.Flags().StringVar(&gateFile, "gate", "", "file that says what the run has to hold, on which the exit code then hangs (bulkhead gate --help)")
	cmd.Flags().BoolVar(&failFast, "fail-fast", false, "end the load at the first row of another tenant (default: as the scenario says)")
	return cmd
}

// runAndReport runs, shows the report, and writes those that were asked for as well. In a folder of its own choice it keeps a link
// out/latest to it.
func runAndReport(cmd *cobra.Command, o run.Options, ownFolder bool, also wantedReports, g *openedGate) error {
	began := time.Now()
	if ownFolder {
		o.Out = filepath.Join("out", time.Now().Format("20060102-150405"))
	}
	doc, err := run.Run(cmd.Context(), o)
	if err != nil {
		return setupError(cmd.Context(), err)
	}
	if ownFolder {
		if err := linkLatest(o.Out); err != nil {
			return err
		}
	}
	if err := reports.Terminal(cmd.OutOrStdout(), doc); err != nil {
		return fmt.Errorf("printing the report: %w", err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Written: %s\n", filepath.Join(o.Out, "run.json"))
	if err := also.write(cmd.OutOrStdout(), o.Out); err != nil {
		if doc.ExitCode == exitPass {
			return &exitError{exitSetup, err}
		}
		fmt.Fprintln(cmd.ErrOrStderr(), "bulkhead:", err) // and the verdict keeps its exit code
	}
	if g != nil {
		return gated(cmd, o, doc, began, g)
	}
	if doc.ExitCode != exitPass {
		return &exitError{code: doc.ExitCode}
	}
	return nil
}

// setupError classes what kept a run from having a document: a stack file that isn't one, and a fault that can't be brought about here, are
// bad input, all else a failed set-up.
func setupError(ctx context.Context, err error) error {
	if ctx.Err() == nil && (errors.Is(err, stack.ErrNoStackFile) || errors.Is(err, stack.ErrNotStackFile) || errors.Is(err, faults.ErrRefused)) {
		return usageError(err)
	}
	return err
}

// linkLatest points out/latest at a folder beside it; the link is replaced whole, so that it never leads nowhere.
func linkLatest(folder string) error {
	link := filepath.Join(filepath.Dir(folder), "latest")
	tmp := link + ".new"
	err := os.Remove(tmp)
	if err == nil || errors.Is(err, os.ErrNotExist) {
		err = os.Symlink(filepath.Base(folder), tmp)
	}
	if err == nil {
		err = os.Rename(tmp, link)
	}
	if err != nil {
		return fmt.Errorf("link to the latest run: %w", err)
	}
	return nil
}
