package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/mutants"
	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/probes/web"
	"github.com/engardehq/bulkhead/internal/result"
)

// backendMutants is the package with the test build of the backend. It is on a backend's path only where a mutant is asked for.
const backendMutants = "engarde_backend_mutants"

// CanServe tells whether the trial can start services: the stack must be one that this process started.
func (r Trial) CanServe() bool { return r.System.servers != nil }

// WithBackend starts the backend with changes: "mutant" names one of its test build, "workers" is how many processes, and all else is an
// environment variable. stop must be called, whatever the error.
func (r Trial) WithBackend(ctx context.Context, changes []mutants.Setting) (served Trial, stop func(context.Context) error, err error) {
	n := r.System.base()
	stop = func(ctx context.Context) error { return n.StopBackend(ctx) }
	c, err := backendConfig(ctx, r.Options, r.Target, n)
	if err != nil {
		return r, stop, err
	}
	c.Workers = 1 // what one process remembers, the next request then meets
	for _, change := range changes {
		switch value := change.Value; change.Name {
		case "workers":
			if c.Workers, err = strconv.Atoi(value); err != nil {
				return r, stop, fmt.Errorf("workers: %q is no number", value)
			}
		case "mutant":
			code, err := fs.Sub(fixtures.FS, "engarde/backend_mutants/"+backendMutants)
			if err != nil {
				return r, stop, fmt.Errorf("the backend's test build: %w", err)
			}
			c.Packages[backendMutants], c.App = code, backendMutants+".main:create_app"
			c.Env = append(c.Env, "BACKEND_MUTANT="+value)
		default:
			c.Env = append(c.Env, change.Name+"="+value)
		}
	}
	pending, err := n.StartBackend(ctx, c)
	if err == nil {
		err = pending.Wait(ctx)
	}
	if err != nil {
		return r, stop, err
	}
	return r.serving(), stop, nil
}

// WithLangflow starts Langflow with changes: "component" changes the text of the component that it loads, OLD => NEW, and all else is an
// environment variable. stop must be called, whatever the error.
func (r Trial) WithLangflow(ctx context.Context, changes []mutants.Setting) (served Trial, stop func(context.Context) error, err error) {
	n := r.System.base()
	stop = func(ctx context.Context) error { return n.StopLangflow(ctx) }
	o, t := r.Options, r.Target
	t.Langflow.Env = maps.Clone(t.Langflow.Env)
	for _, change := range changes {
		if change.Name == "component" {
			o.Components = append(o.Components, change.Value)
			continue
		}
		t.Langflow.Env[change.Name] = change.Value
	}
	pending, err := BootLangflow(ctx, o, t, n)
	if err == nil {
		err = pending.Wait(ctx)
	}
	if err == nil {
		err = migrate.AfterLangflow(ctx, t.Layout, r.Superuser())
	}
	if err != nil {
		return r, stop, err
	}
	return r.serving(), stop, nil
}

// serving is the trial with the services that are up now.
func (r Trial) serving() Trial {
	sys := *r.System
	sys.Stack = r.System.servers.Stack(r.Target.Database, r.Target.Logins()...)
	before := r.System.Stack
	sys.Stack.Target, sys.Stack.Layout, sys.Stack.Seed, sys.Stack.Tenants = before.Target, before.Layout, before.Seed, before.Tenants
	r.System = &sys
	return r
}

// Exec runs a statement in the trial's database as the administrator.
func (r Trial) Exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, r.Superuser())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.PgConn().Exec(ctx, statement).ReadAll()
	return err
}

// AttackServices attacks the services that are up, with the probes that check a channel, or with all where it is "" or none does.
func (r Trial) AttackServices(ctx context.Context, depth probes.Depth, channel string) (*web.Report, error) {
	c, err := visitable(ctx, r.System.Stack, r.System.World, attackable(r.System.Stack, r.System.World, r.Target).Redis, nil)
	if err != nil {
		return nil, err
	}
	c.Depth, c.Seed = depth, r.Scenario.Seed
	for _, spec := range web.Specs() {
		for _, s := range []*web.Service{c.Backend, c.Langflow} {
			if s != nil && slices.Contains(spec.Channels(s.Profile), channel) && !slices.Contains(c.Only, spec.Name) {
				c.Only = append(c.Only, spec.Name)
			}
		}
	}
	return web.Run(ctx, c)
}

// Visit offers the scenario's load over HTTP, with every body judged, and documents it without a verdict.
func (r Trial) Visit(ctx context.Context) (*result.Run, error) {
	doc := &result.Run{Seed: r.System.World.Seed}
	judge := newOracle(r.System, r.Target)
	if err := adopt(ctx, r.System, r.Target, judge.Ledger); err != nil {
		return nil, err
	}
	if err := visit(ctx, r.Options, r.Target, r.System, judge, doc); err != nil {
		return nil, err
	}
	if doc.HTTP == nil {
		return nil, errors.New("the scenario has no load over HTTP")
	}
	return doc, nil
}
