package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/seed"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/world"
)

// kept is what is kept beside a state's data folder, in world.json.
type kept struct {
	Plan    world.Plan     `json:"plan"`
	Seeding result.Seeding `json:"seeding"`
}

const worldFile = "world.json"

func readState(read func(name string) ([]byte, error)) (*world.World, result.Seeding, error) {
	data, err := read(worldFile)
	if err != nil {
		return nil, result.Seeding{}, fmt.Errorf("reading what was seeded: %w", err)
	}
	var k kept
	if err := json.Unmarshal(data, &k); err != nil {
		return nil, result.Seeding{}, fmt.Errorf("reading what was seeded: %w", err)
	}
	w, err := world.New(k.Plan)
	return w, k.Seeding, err
}

// keptState finds the kept state of this target, seed and size, or makes it. A run never works on it, only on copies.
func keptState(ctx context.Context, o Options, t Target, p provider) (state *stack.State, made bool, err error) {
	if t.Seed, err = t.Seed.For(o.langflow()); err != nil {
		return nil, false, err
	}
	key, err := stateKey(o, t)
	if err != nil {
		return nil, false, err
	}
	states, err := stack.OpenStates()
	if err != nil {
		return nil, false, err
	}
	if state, err = states.Lookup(key); err != nil || state != nil {
		return state, false, err
	}
	o.Console.Step("nothing is kept of this target, seed and size yet: setting it up once")
	files, err := build(ctx, o, t, p)
	if err != nil {
		return nil, false, err
	}
	n := p.Base()
	if err := states.Save(ctx, key, n, files); err != nil {
		return nil, false, err
	}
	for _, dir := range []string{n.DataDir(), n.LangflowDir()} { // room for the copy, the same as in every later run
		if err := os.RemoveAll(dir); err != nil {
			return nil, false, fmt.Errorf("making room for the copy of the state: %w", err)
		}
	}
	if state, err = states.Lookup(key); err == nil && state == nil {
		err = errors.New("the state that was just kept is not there: is another bulkhead clearing the cache?")
	}
	return state, true, err
}

// worldVersion changes when the same plan makes other rows.
const worldVersion = 1

// stateKey is a hash of all that decides what a state holds.
func stateKey(o Options, t Target) (string, error) {
	migrations, err := migrate.Hash(t.Layout)
	if err != nil {
		return "", err
	}
	sc := o.Scenario
	filled := t.Target // without what is only read by those who judge it
	filled.Matrix, filled.Exceptions, filled.Departures, filled.Removal, filled.Backup, filled.Onboarding = nil, nil, nil, nil, nil, nil
	filled.Langflow.Env = t.Langflow.Settings(o.langflow())
	key := map[string]any{
		"world": worldVersion, "target": filled, "seed.yaml": t.Seed, "layout": t.Layout, "migrations": migrations,
		"sizes": sizes(o), "langflow": !slices.Contains(o.Without, stack.Langflow), "scenario seed": sc.Seed,
		"langflow users": sc.LangflowUsers,
	}
	if v := o.langflow(); v != usualLangflow {
		key["langflow version"] = v
	}
	if o.Provider == stack.ProviderContainers {
		key["provider"] = o.Provider // its PostgreSQL may be built in another way than the machine's own
	}
	data, err := json.Marshal(key)
	if err != nil {
		return "", fmt.Errorf("key of the kept state: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16]), nil
}

func sizes(o Options) seed.Sizes {
	sc := o.Scenario
	return seed.Sizes{Seed: sc.Seed, Tenants: sc.Tenants, Rows: sc.Rows, Tables: sc.Tables, Zipf: sc.Zipf, Largest: sc.LargestTenant}
}

// build sets the target up from nothing: cluster, roles, EnGarde's migrations, Langflow's own, rows. Langflow boots while public is
// filled. It ends with everything stopped cleanly.
func build(ctx context.Context, o Options, t Target, p provider) (files map[string][]byte, err error) {
	n := p.Base()
	withLangflow := !slices.Contains(o.Without, stack.Langflow)
	if err := schema(ctx, o, t, p); err != nil {
		return nil, err
	}
	var pending *stack.Pending
	if withLangflow {
		o.Console.Step("starting Langflow, which makes its own tables")
		if pending, err = BootLangflow(ctx, o, t, n); err != nil {
			return nil, err
		}
	}
	// Its schema is empty until Langflow has made its tables. One that it shares has to wait for it.
	now, own := t, t.Layout.Parts().LangflowSchema
	if own == stack.Langflow {
		now.Schemas = slices.DeleteFunc(slices.Clone(t.Schemas), func(s string) bool { return s == own })
	} else if withLangflow {
		if err := pending.Wait(ctx); err != nil {
			return nil, err
		}
	}
	if !withLangflow {
		t = now
	}
	super := n.DirectDSN(superuser, t.Database).Reveal()
	k, err := fill(ctx, o, now, t, super, func() error {
		if !withLangflow {
			return nil
		}
		o.Console.Step("waiting for Langflow")
		if err := pending.Wait(ctx); err != nil {
			return err
		}
		return migrate.AfterLangflow(ctx, t.Layout, super)
	})
	if err != nil {
		return nil, err
	}
	if withLangflow {
		if err := makeLangflowKeys(ctx, o, t, n, pending.URL(), k.Plan); err != nil {
			return nil, err
		}
	}
	o.Console.Step("stopping and keeping this state for the next runs")
	if withLangflow {
		if err := n.StopLangflow(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.StopPostgres(ctx); err != nil {
		return nil, err
	}
	data, err := json.Marshal(k)
	if err != nil {
		return nil, fmt.Errorf("keeping what was seeded: %w", err)
	}
	return map[string][]byte{worldFile: data}, nil
}

// schema makes the cluster, its roles and schemas, and EnGarde's tables.
func schema(ctx context.Context, o Options, t Target, p provider) error {
	o.Console.Step("making the database cluster, roles and EnGarde's schema")
	if err := Bootstrap(ctx, t, p); err != nil {
		return err
	}
	_, err := Alembic(ctx, o, t, p.Base(), "upgrade", "head")
	return err
}

// Alembic runs EnGarde's migrations as the layout has them, say "upgrade", "head", and gives what they wrote.
func Alembic(ctx context.Context, o Options, t Target, n *stack.Native, args ...string) (string, error) {
	locked, err := requirements("engarde/requirements.txt")
	if err != nil {
		return "", err
	}
	venv, err := n.Env(ctx, "engarde", locked, func(s string) { o.Console.Step("%s", s) })
	if err != nil {
		return "", err
	}
	return migrate.Alembic(ctx, t.Layout, n.Scratch(), venv+"/bin/python", n.DirectDSN(t.Layout.Parts().Migrator, t.Database).Reveal(), args...)
}

// Bootstrap makes the cluster and the layout's roles and schemas.
func Bootstrap(ctx context.Context, t Target, p Cluster) error {
	if err := p.InitPostgres(ctx); err != nil {
		return err
	}
	if err := p.StartPostgres(ctx); err != nil {
		return err
	}
	n, passwords := p.Base(), map[string]string{}
	for _, role := range t.Logins() {
		passwords[role] = n.Secrets.Role(role).Reveal()
	}
	return migrate.Bootstrap(ctx, t.Layout, n.DirectDSN(superuser, t.Database).Reveal(), passwords)
}

// Cluster is what a database is made on.
type Cluster interface {
	Base() *stack.Native
	InitPostgres(ctx context.Context) error
	StartPostgres(ctx context.Context) error
}

// Fill seeds what there is of the target's tables, as the scenario sizes it, and gives the world that it seeded.
func Fill(ctx context.Context, o Options, t Target, super string) (w *world.World, err error) {
	if t.Seed, err = t.Seed.For(o.langflow()); err != nil {
		return nil, err
	}
	k, err := fill(ctx, o, t, t, super, func() error { return nil })
	if err != nil {
		return nil, err
	}
	return world.New(k.Plan)
}

// fill seeds what is there now, calls rest to wait for what is still being made, and seeds that.
func fill(ctx context.Context, o Options, now, later Target, super string, rest func() error) (kept, error) {
	early, err := plan(ctx, super, now, sizes(o))
	if err != nil {
		return kept{}, err
	}
	o.Console.Step("seeding %d tenants", o.Scenario.Tenants)
	first, err := seed.Copy(ctx, super, early, seed.Tables(early, ""), o.Console.Seeding)
	if err != nil {
		return kept{}, err
	}
	if err := rest(); err != nil {
		return kept{}, err
	}
	whole, err := plan(ctx, super, later, sizes(o))
	if err != nil {
		return kept{}, err
	}
	if err := samePlace(early, whole); err != nil {
		return kept{}, err
	}
	left := slices.DeleteFunc(seed.Tables(whole, ""), func(name string) bool { _, done := early.Table(name); return done })
	var second seed.Report
	if len(left) > 0 {
		if second, err = seed.Copy(ctx, super, whole, left, o.Console.Seeding); err != nil {
			return kept{}, err
		}
	}
	done := result.Seeding{Tenants: whole.Tenants, Rows: first.Rows + second.Rows, Tables: len(whole.Tables), Seconds: first.Seconds + second.Seconds}
	if done.Rows == 0 {
		return kept{}, errors.New("seeding: no row was written")
	}
	return kept{Plan: whole.Plan, Seeding: done}, nil
}

// samePlace makes sure that what was seeded early is what the whole world expects: the oracle computes rows from the whole.
func samePlace(early, whole *world.World) error {
	for i := range early.Tables {
		a, b := &early.Tables[i], &whole.Tables[i]
		same := a.Name == b.Name
		for tn := 0; same && tn < whole.Tenants; tn++ {
			same = early.Rows(a, tn) == whole.Rows(b, tn)
		}
		if !same {
			return fmt.Errorf("planning the seed: %s comes out differently once all tables are there (%s)", a.Name, b.Name)
		}
	}
	return nil
}

func plan(ctx context.Context, dsn string, t Target, s seed.Sizes) (*world.World, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("planning the seed: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	p, err := seed.Plan(ctx, conn, t.Target, s)
	if err != nil {
		return nil, err
	}
	return world.New(p)
}
