package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/checks"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/verdict"
	"github.com/engardehq/bulkhead/reports"
)

// auditLimit is how long one audit may take; a second is usual.
const auditLimit = 2 * time.Minute

// auditing is what was typed.
type auditing struct {
	stack  string
	dsn    string
	folder string // of a target of one's own
	out    string
	json   bool
	matrix bool
}

func newAuditCmd() *cobra.Command {
	var a auditing
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Read the catalog of a database and tell which doors to other tenants' data stand open",
		Long: "Read the catalog of a database and tell which doors to other tenants' data stand open. It changes nothing.\n\n" +
			"By default the stack that `bulkhead up` left is audited. --dsn and --target audit any other PostgreSQL database: --dsn is a superuser's\n" +
			"(or that of a role that may read the whole catalog), --target a folder with target.yaml, and with checks of one's own in checks/*.sql.\n\n" +
			"Exit codes: 0 pass, 1 weakness, 2 bad input, 4 unknown, 5 the set-up failed, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.dsn != "" && a.folder == "" {
				return usageError(errors.New("--dsn: say with --target what the database promises: a folder with a target.yaml"))
			}
			if a.dsn != "" && cmd.Flags().Changed("stack") {
				return usageError(errors.New("--stack and --dsn are two databases; name one"))
			}
			return a.run(cmd)
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.stack, "stack", stack.DefaultStackFile, "stack file of a stack that `bulkhead up` left")
	f.StringVar(&a.dsn, "dsn", "", "connection string of another database (with --target)")
	f.StringVar(&a.folder, "target", "", "folder of the target of --dsn: target.yaml, and checks/*.sql where it has some (default: the stack's)")
	f.StringVar(&a.out, "out", "", "folder for audit.json (default: none is written)")
	f.BoolVar(&a.json, "json", false, "print audit.json instead of the report")
	f.BoolVar(&a.matrix, "matrix", false, "print instead what each role may do with each table, by grants, memberships and PUBLIC")
	return cmd
}

func (a *auditing) run(cmd *cobra.Command) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), auditLimit)
	defer cancel()
	began := time.Now()
	t, extra, err := a.target()
	if err != nil {
		return err
	}
	dsn := a.dsn
	if dsn == "" {
		s, err := stack.Load(ctx, a.stack)
		if err != nil {
			return setupError(ctx, err)
		}
		dsn = s.DSN.Direct["postgres"].Reveal()
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return usageError(fmt.Errorf("--dsn: %w", err))
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return &exitError{exitUnknown, fmt.Errorf("the database can't be reached, so nothing is known of it: %w", err)}
	}
	defer conn.Close(context.WithoutCancel(ctx))
	c, err := catalog.Read(ctx, conn, t)
	if err != nil {
		return &exitError{exitUnknown, err}
	}
	if a.matrix {
		m, err := checks.Effective(ctx, conn, t, c)
		if err != nil {
			return &exitError{exitUnknown, err}
		}
		return reports.Matrix(cmd.OutOrStdout(), m)
	}
	found, err := checks.Audit(ctx, conn, t, c, extra...)
	if err != nil {
		return &exitError{exitUnknown, err}
	}
	e := &result.Examination{SchemaVersion: result.SchemaVersion, Version: version(), Kind: "audit", Target: result.Target{Name: t.Name}, Findings: found.Findings,
		Checks: found.Checks, Seconds: time.Since(began).Seconds()}
	for _, x := range t.Exceptions {
		e.Target.Exceptions = append(e.Target.Exceptions, result.Statement{What: exception(x), Reason: x.Reason})
	}
	verdict.Examine(e, verdict.Accept{})
	return a.report(cmd.OutOrStdout(), e)
}

// target is the folder's, with its own checks, or the shipped one.
func (a *auditing) target() (target.Target, []checks.Spec, error) {
	if a.folder == "" {
		t, err := run.Shipped()
		return t.Target, nil, err
	}
	folder := os.DirFS(a.folder)
	t, err := target.Load(folder, ".")
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("--target %s: there is no target.yaml in it", a.folder)
	}
	if err != nil {
		return t, nil, usageError(err)
	}
	extra, err := checks.Load(folder, "checks")
	if err != nil {
		return t, nil, usageError(err)
	}
	return t, extra, nil
}

// exception words one for a report.
func exception(x target.Exception) string {
	what := x.Object
	for _, part := range []struct{ name, value string }{{"role", x.Role}, {"policy", x.Policy}, {"key", x.Key}} {
		if part.value != "" {
			what += ", " + part.name + " " + part.value
		}
	}
	return what
}

// report prints an audit and writes it where a folder was named.
func (a *auditing) report(out io.Writer, e *result.Examination) error {
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("audit document: %w", err)
	}
	data = append(data, '\n')
	if a.out != "" {
		if err := os.MkdirAll(a.out, 0o755); err != nil {
			return fmt.Errorf("audit document: %w", err)
		}
		if err := os.WriteFile(filepath.Join(a.out, e.Kind+".json"), data, 0o644); err != nil {
			return fmt.Errorf("audit document: %w", err)
		}
	}
	if a.json {
		_, err = out.Write(data)
	} else {
		err = reports.Examination(out, e)
	}
	if err != nil {
		return fmt.Errorf("printing the report: %w", err)
	}
	if a.out != "" && !a.json {
		fmt.Fprintf(out, "Written: %s\n", filepath.Join(a.out, e.Kind+".json"))
	}
	if e.ExitCode != exitPass {
		return &exitError{code: e.ExitCode}
	}
	return nil
}
