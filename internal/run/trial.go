package run

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/checks"
	"github.com/engardehq/bulkhead/internal/probes"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
)

// Trial is what a run does, step by step, for whoever breaks deployments on purpose: on a copy of the system's database, and each by
// itself.
type Trial struct {
	Options
	System *System
}

// On is the trial of a copy of the database, which must be there. The copy's rights are the original's, under its own name.
func (r Trial) On(database string) (Trial, error) {
	sys, st := *r.System, *r.System.Stack
	for _, all := range []*map[string]stack.DSN{&st.DSN.Direct, &st.DSN.Pooled} {
		*all = maps.Clone(*all)
		for role, dsn := range *all {
			u, err := url.Parse(dsn.Reveal())
			if err != nil {
				return r, fmt.Errorf("connection string of %s: not a URL", role) // its text may hold a password
			}
			u.Path = "/" + database
			(*all)[role] = stack.DSN(u.String())
		}
	}
	sys.Stack, sys.servers = &st, nil
	r.System = &sys
	r.Target.Matrix = slices.Clone(r.Target.Matrix)
	for i := range r.Target.Matrix {
		if m := &r.Target.Matrix[i]; m.Kind == "database" && m.On == r.Target.Database {
			m.On = database
		}
	}
	r.Target.Database = database
	return r, nil
}

// Superuser is the connection string of the administrator.
func (r Trial) Superuser() string { return r.System.Stack.DSN.Direct[superuser].Reveal() }

// Catalog reads what relations there are. Audit and Attack read it by themselves where they aren't given it.
func (r Trial) Catalog(ctx context.Context) (*catalog.Catalog, error) {
	conn, cat, err := look(ctx, r.Superuser(), r.Target, nil)
	if err != nil {
		return nil, err
	}
	return cat, conn.Close(ctx)
}

// Audit judges the catalog; known may be nil.
func (r Trial) Audit(ctx context.Context, known *catalog.Catalog) (*checks.Report, error) {
	return audit(ctx, r.Superuser(), r.Target, known)
}

// Attack tries to get at other tenants' rows, with the probes named or with all; known may be nil.
func (r Trial) Attack(ctx context.Context, known *catalog.Catalog, depth probes.Depth, only ...string) (*probes.Report, error) {
	c := attackable(r.System.Stack, r.System.World, r.Target)
	c.Depth, c.Seed, c.Only = depth, r.Scenario.Seed, only
	return attackOnce(ctx, r.Target, &c, known)
}

// Load offers the scenario's load, with every row checked, and documents it without a verdict and without a watch on the servers.
func (r Trial) Load(ctx context.Context) (*result.Run, error) {
	r.unwatched = true
	doc := &result.Run{Seed: r.System.World.Seed}
	err := measure(ctx, r.Options, r.Target, r.System, newOracle(r.System, r.Target), doc)
	return doc, err
}
