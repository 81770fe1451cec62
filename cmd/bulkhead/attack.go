package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/probes/web"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/verdict"
	"github.com/engardehq/bulkhead/reports"
)

// attackLimit is how long an attack may take; a minute is usual, with --deep some.
const attackLimit = 30 * time.Minute

// attacking is what was typed.
type attacking struct {
	stack  string
	dsn    string
	folder string
	roles  []string
	writes bool
	deep   bool
	glance bool
	remove bool // a tenant, at the end
	only   []string
	seed   uint64
	out    string
	json   bool

	backend, routes string
}

func newAttackCmd() *cobra.Command {
	var a attacking
	cmd := &cobra.Command{
		Use:   "attack",
		Short: "Try each known way to other tenants' data, as a tenant who may run SQL as the application",
		Long: "Try each known way to other tenants' data, as a tenant who may run SQL as the application. Every write is rolled back.\n\n" +
			"By default the stack that `bulkhead up` left is attacked. --dsn, --target and --role attack another PostgreSQL database on this machine:\n" +
			"--dsn is a superuser's, --target a folder with target.yaml, and with probes of one's own in probes/*.sql, --role a connection string for\n" +
			"each confined role. There, writes are only tried with --allow-writes; without it much stays unknown.\n\n" +
			"Exit codes: 0 pass, 1 leak or weakness, 2 bad input, 4 unknown, 5 the set-up failed, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.dsn != "" && (a.folder == "" || len(a.roles) == 0) {
				return usageError(errors.New("--dsn needs --target, a folder with a target.yaml, and --role NAME=URL for each confined role"))
			}
			if a.dsn != "" && cmd.Flags().Changed("stack") {
				return usageError(errors.New("--stack and --dsn are two databases; name one"))
			}
			if a.dsn != "" && a.backend != "" {
				return usageError(errors.New("--backend is for a stack: whose what it answers is, is only known of rows that bulkhead seeded"))
			}
			if a.dsn != "" && a.remove {
				return usageError(errors.New("--remove-tenant is for a stack that `bulkhead up` left: what is removed from another database is nobody's to give back"))
			}
			if a.deep && a.glance {
				return usageError(errors.New("--deep and --glance are opposites; name one"))
			}
			return a.run(cmd)
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.stack, "stack", stack.DefaultStackFile, "stack file of a stack that `bulkhead up` left")
	f.StringVar(&a.dsn, "dsn", "", "superuser's connection string of another database on this machine (with --target and --role)")
	f.StringVar(&a.folder, "target", "", "folder of the target of --dsn")
	backendFlags(f, &a.backend, &a.routes)
	f.StringArrayVar(&a.roles, "role", nil, "NAME=URL: how a confined role of --dsn connects")
	f.BoolVar(&a.writes, "allow-writes", false, "try writes on the database of --dsn too; they are rolled back")
	f.BoolVar(&a.deep, "deep", false, "try every combination of attackers, sessions, doors and forms, not every pair")
	f.BoolVar(&a.glance, "glance", false, "try every object once, which takes seconds, not every pair")
	f.BoolVar(&a.remove, "remove-tenant", false, "at the end remove one tenant of the stack and look for what is left of it; it is gone afterwards, for good, and runs on\nthis stack miss its rows")
	f.StringSliceVar(&a.only, "only", nil, "names of probes to try: "+strings.Join(attackNames(), ", "))
	f.Uint64Var(&a.seed, "seed", 1, "of the choices that are left to chance")
	f.StringVar(&a.out, "out", "", "folder for attack.json (default: none is written)")
	f.BoolVar(&a.json, "json", false, "print attack.json instead of the report")
	return cmd
}

func (a *attacking) run(cmd *cobra.Command) error {
	ctx, cancel := context.WithTimeout(cmd.Context(), attackLimit)
	defer cancel()
	began := time.Now()
	sql, http, err := chosen(a.only)
	if err != nil {
		return usageError(err)
	}
	own, err := ownBackend(a.backend, a.routes)
	if err != nil {
		return usageError(err)
	}
	var c probes.Config
	var services web.Config
	if a.dsn != "" {
		c, err = a.attached()
	} else {
		c, services, err = run.Attackable(ctx, a.stack, own)
		if err != nil {
			err = setupError(ctx, err)
		}
	}
	if err != nil {
		return err
	}
	c.Seed, c.Depth, c.Only = a.seed, probes.Pairs, sql
	if a.deep {
		c.Depth = probes.Full
	} else if a.glance {
		c.Depth = probes.Glance
	}
	if !a.json {
		c.Log = func(format string, args ...any) {
			fmt.Fprintf(cmd.ErrOrStderr(), "%6.1fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
		}
	}
	e := &result.Examination{SchemaVersion: result.SchemaVersion, Version: version(), Kind: "attack", Target: result.Target{Name: c.Target.Name}, Seed: c.Seed,
		Findings: []result.Finding{}, Attack: &result.AttackScope{Depth: c.Depth.String()}}
	if len(a.only) == 0 || len(sql) > 0 {
		if err := attackSQL(ctx, c, e); err != nil {
			return &exitError{exitUnknown, err}
		}
	}
	if len(services.Tenants) > 0 && (len(a.only) == 0 || len(http) > 0) {
		services.Seed, services.Depth, services.Only, services.Log = c.Seed, c.Depth, http, c.Log
		if err := run.AttackServices(ctx, services, e); err != nil {
			return &exitError{exitUnknown, err}
		}
	}
	if a.remove {
		fmt.Fprintln(cmd.ErrOrStderr(), "removing a tenant of this stack, for good: runs on it miss the tenant's rows from now on")
		if err := run.RemoveTenant(ctx, a.stack, e); err != nil {
			return &exitError{exitUnknown, err}
		}
	}
	e.Seconds = time.Since(began).Seconds()
	for _, x := range c.Target.Exceptions {
		e.Target.Exceptions = append(e.Target.Exceptions, result.Statement{What: exception(x), Reason: x.Reason})
	}
	verdict.Examine(e, verdict.Accept{Without: c.Without()})
	return a.report(cmd, e)
}

// httpPrefix begins the names of probes that go to services over HTTP.
const httpPrefix = "http-"

func attackNames() []string {
	names := slices.Clone(probes.Names())
	for _, name := range web.Names() {
		names = append(names, httpPrefix+name)
	}
	return names
}

// chosen parts the names of probes into those that go to the database and those that go to services.
func chosen(only []string) (sql, http []string, err error) {
	for _, name := range only {
		if !slices.Contains(attackNames(), name) {
			return nil, nil, fmt.Errorf("--only: there is no probe %q; there are %s", name, strings.Join(attackNames(), ", "))
		}
		if short, ok := strings.CutPrefix(name, httpPrefix); ok {
			http = append(http, short)
		} else {
			sql = append(sql, name)
		}
	}
	return sql, http, nil
}

// attackSQL tries the database, its pooler and the cache.
func attackSQL(ctx context.Context, c probes.Config, e *result.Examination) error {
	if err := prepareAttack(ctx, &c); err != nil {
		return err
	}
	found, err := probes.Run(ctx, c)
	if err != nil {
		return err
	}
	e.Findings, e.Checks = append(e.Findings, found.Findings...), append(e.Checks, found.Checks...)
	e.Attack.Pairs, e.Attack.PairsCovered = found.Coverage.Pairs, found.Coverage.PairsCovered
	e.Attack.Combinations, e.Attack.Tried, e.Attack.Attackers = found.Coverage.Combinations, found.Coverage.Tried, len(c.Tenants)
	return nil
}

// prepareAttack reads the catalog and chooses the tenants.
func prepareAttack(ctx context.Context, c *probes.Config) error {
	conn, err := pgx.Connect(ctx, c.Admin)
	if err != nil {
		return fmt.Errorf("the database can't be reached, so nothing is known of it: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if c.Catalog, err = catalog.Read(ctx, conn, c.Target); err != nil {
		return err
	}
	c.Tenants, err = probes.ChooseTenants(ctx, conn, *c)
	return err
}

// attached is a database that bulkhead did not start.
func (a *attacking) attached() (c probes.Config, err error) {
	folder := os.DirFS(a.folder)
	if c.Target, err = target.Load(folder, "."); errors.Is(err, fs.ErrNotExist) {
		return c, usageError(fmt.Errorf("--target %s: there is no target.yaml in it", a.folder))
	} else if err != nil {
		return c, usageError(fmt.Errorf("--target %s: %w", a.folder, err))
	}
	if c.Own, err = probes.LoadOwn(folder, "probes"); err != nil {
		return c, usageError(fmt.Errorf("--target %s: %w", a.folder, err))
	}
	c.Admin, c.Direct, c.ReadOnly = a.dsn, map[string]string{}, !a.writes
	if err := local("--dsn", a.dsn); err != nil {
		return c, usageError(err)
	}
	for _, role := range a.roles {
		name, dsn, ok := strings.Cut(role, "=")
		if !ok || !slices.Contains(c.Target.Confined(), name) {
			return c, usageError(fmt.Errorf("--role: want NAME=URL, NAME one of the target's confined roles (%s)", strings.Join(c.Target.Confined(), ", ")))
		}
		if err := local("--role "+name, dsn); err != nil {
			return c, usageError(err)
		}
		c.Direct[name] = dsn
	}
	for _, name := range c.Target.Confined() {
		if c.Direct[name] == "" {
			return c, usageError(fmt.Errorf("--role %s=URL is missing: the target says that this role is confined", name))
		}
	}
	return c, nil
}

// backendFlags are those that put a team's own backend in the place of the stack's.
func backendFlags(f *pflag.FlagSet, address, routes *string) {
	f.StringVar(address, "backend", "", "address of a backend of your own on this machine, which uses the stack (with --routes)")
	f.StringVar(routes, "routes", "", "file that declares the routes of --backend")
}

func ownBackend(address, routes string) (*run.OwnBackend, error) {
	if (address == "") != (routes == "") {
		return nil, errors.New("--backend and --routes go together: the address of your backend, and a file that declares its routes")
	}
	if address == "" {
		return nil, nil
	}
	own, err := run.ReadOwnBackend(address, routes)
	if err != nil {
		return nil, fmt.Errorf("--backend: %w", err)
	}
	return own, nil
}

// local refuses servers on other machines: an attack is no thing to do to a server by mistake.
func local(flag, dsn string) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("%s: no connection string that can be read", flag) // its text may hold a password
	}
	if ip := net.ParseIP(config.Host); config.Host == "localhost" || strings.HasPrefix(config.Host, "/") || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%s: %s is another machine; an attack goes to this one alone, by 127.0.0.1, ::1, localhost or a socket", flag, config.Host)
}

// report prints an attack and writes it where a folder was named.
func (a *attacking) report(cmd *cobra.Command, e *result.Examination) error {
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("attack document: %w", err)
	}
	data = append(data, '\n')
	if a.out != "" {
		if err := os.MkdirAll(a.out, 0o755); err != nil {
			return fmt.Errorf("attack document: %w", err)
		}
		if err := os.WriteFile(filepath.Join(a.out, "attack.json"), data, 0o644); err != nil {
			return fmt.Errorf("attack document: %w", err)
		}
	}
	out := cmd.OutOrStdout()
	if a.json {
		_, err = out.Write(data)
	} else {
		err = reports.Examination(out, e)
	}
	if err != nil {
		return fmt.Errorf("printing the report: %w", err)
	}
	if e.ExitCode != exitPass {
		return &exitError{code: e.ExitCode}
	}
	return nil
}
