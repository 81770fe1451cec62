// Package cutover moves a filled database from the layout before to the hardened one, and back, by the scripts of sql/cutover, while a checked
// load asks it; and it writes down what of that the load noticed, what came out otherwise than it should, and what was lost. It works on
// servers that it starts itself and touches no other database. The command line and signoff call it.
package cutover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/fingerprint"
	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/ops"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/run"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/scenarios"
	"github.com/engardehq/bulkhead/sql"
)

// Options say how large the database is, what load there is meanwhile, and what is tried.
type Options struct {
	Run     run.Options // Out is the folder of cutover.json; its scenario is only the base of the rows and the load
	Tenants int
	Rows    int64
	Seed    uint64
	Rate    float64 // transactions a second

	Kill   bool // the script is killed in the middle, in each direction, and begun anew
	Back   bool // and all of it taken back
	Asleep bool // Langflow isn't started on the layout before, neither for the beginning nor after the rollback
	GapMax time.Duration
}

// Document is the name of the file that Run writes.
const Document = "cutover.json"

// Limits and defaults.
const (
	BackMax      = 5 * time.Minute // the design's
	UsualGap     = 2 * time.Second
	UsualRate    = 100
	UsualRows    = 100_000
	UsualTenants = 50
	reach        = 0.2 // of the load on the layout that keeps tenants apart
	superuser    = "postgres"
	firstLayout  = migrate.Before
	lastLayout   = migrate.Hardened
)

// roles are those that a layout may have.
var roles = []string{"engarde_owner", "engarde_migrator", "engarde_user", "langflow_app", "audit_user"}

// cutover is one under way.
type cutover struct {
	Options
	doc     *result.Cutover
	servers *run.System
	trial   run.Trial // on the layout before, with the operations that are the same in both
	to      run.Target
	conn    *pgx.Conn // the superuser's, for looking
	built   *fingerprint.State
	at      map[string]*fingerprint.State // by the moment
	script  script
}

// Run does it all and returns the document, judged and saved as cutover.json. An error says that there is none worth reading.
func Run(ctx context.Context, o Options) (doc *result.Cutover, err error) {
	began := time.Now()
	c := &cutover{Options: o, at: map[string]*fingerprint.State{}}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Run.Out, 0o755); err != nil {
		return nil, fmt.Errorf("folder of the cutover: %w", err)
	}
	file := filepath.Join(o.Run.Out, Document)
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("removing an older document: %w", err)
	}
	lock, err := stack.AcquireRunLock()
	if err != nil {
		return nil, err
	}
	defer lock.Release()

	if err := c.buildHardened(ctx); err != nil {
		return nil, fmt.Errorf("a hardened database to compare with: %w", err)
	}
	defer c.close(ctx)
	if err := c.bring(ctx); err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context) error{c.runBefore, c.forth, c.wake, c.examine, c.back, c.runAgain} {
		if err := part(ctx); err != nil {
			return nil, err
		}
	}
	c.doc.Seconds = time.Since(began).Seconds()
	judge(c.doc)
	return c.doc, c.doc.Save(file)
}

// prepare settles what the options leave open, and reads the targets.
func (c *cutover) prepare() (err error) {
	if c.GapMax == 0 {
		c.GapMax = UsualGap
	}
	if c.to, err = run.OfLayout(lastLayout); err != nil {
		return err
	}
	from, err := run.OfLayout(firstLayout)
	if err != nil {
		return err
	}
	if from.Ops, err = ops.Load(sql.FS, "cutover/ops", "sql/cutover/ops"); err != nil {
		return err
	}
	from.Calls = nil
	o := c.Run
	o.Target, o.Asleep = from, true
	s := &o.Scenario
	s.Name, s.Seed, s.Tenants, s.Rows, s.Tables, s.LangflowUsers, s.HTTP, s.Faults = "cutover", c.Seed, c.Tenants, c.Rows, nil, 0, nil, nil
	s.Load = scenarios.Traffic{Rate: c.Rate, Arrivals: scenarios.Poisson, Connections: 8, Workers: 32, Pipelined: true, Through: scenarios.PgBouncer,
		Tenants: scenarios.TenantChoice{Spread: scenarios.Uniform}, Mix: map[string]float64{}}
	for _, spec := range from.Ops {
		s.Load.Mix[spec.Name] = 1
	}
	c.trial = run.Trial{Options: o}
	c.doc = &result.Cutover{SchemaVersion: result.SchemaVersion, Version: o.Version, Target: from.Name, From: string(firstLayout), To: string(lastLayout),
		Seed: c.Seed, Tenants: c.Tenants, Rate: c.Rate, Started: time.Now().UTC(), Findings: []result.Finding{}, Isolation: &result.Isolation{}, Load: &result.CutoverLoad{},
		Objectives: result.CutoverObjectives{BackSecondsMax: BackMax.Seconds(), GapSecondsMax: c.GapMax.Seconds()}}
	c.doc.Langflow = cmp.Or(o.Langflow, run.LangflowVersions()[0])
	c.doc.TargetHash, err = c.to.Hash()
	return err
}

// buildHardened takes down what a hardened database is like that was built from nothing: that is what must come of the cutover.
func (c *cutover) buildHardened(ctx context.Context) error {
	o := c.trial.Options
	o.Scenario, o.Target = c.Run.Scenario, c.to
	o.Without = []string{stack.PgBouncer, stack.Redis}
	o.Out = filepath.Join(c.Run.Out, "hardened")
	o.Console.Step("a hardened database, built from nothing, to compare with")
	sys, err := run.Bring(ctx, o, c.to)
	if err != nil {
		return err
	}
	defer sys.Close(ctx)
	conn, err := pgx.Connect(ctx, sys.Stack.DSN.Direct[superuser].Reveal())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	c.built, err = take(ctx, conn, fingerprint.Options{Schemas: c.to.Schemas})
	return err
}

// bring brings the filled database up, as the layout before has it, with what a release before the cutover has added.
func (c *cutover) bring(ctx context.Context) error {
	o := c.trial.Options
	o.Console.Step("the database as it is before, filled: both applications in one schema, as one role")
	sys, err := run.Bring(ctx, o, o.Target)
	if err != nil {
		return err
	}
	c.trial.System, c.servers = sys, sys
	c.doc.Rows, c.doc.Tenants, c.doc.Settings = sys.Seeding.Rows, sys.World.Tenants, sys.Stack.Settings
	if c.conn, err = pgx.Connect(ctx, c.trial.Superuser()); err != nil {
		return err
	}
	if err := migrate.Script(ctx, c.conn, "cutover/prepare/view.sql"); err != nil {
		return err
	}
	if err := c.conn.QueryRow(ctx, text("look/bytes.sql")).Scan(&c.doc.Bytes); err != nil {
		return err
	}
	heads, err := c.trial.Alembic(ctx, "heads")
	if err != nil {
		return err
	}
	revision := headOf(heads)
	if revision == "" {
		return fmt.Errorf("alembic heads told no single head:\n%s", heads)
	}
	c.script = script{dsn: c.trial.Superuser(), revision: revision, kill: c.Kill, rng: rand.New(rand.NewPCG(c.Seed, 0x6b696c6c)), log: o.Console.Step}
	return nil
}

// close ends what bring has started.
func (c *cutover) close(ctx context.Context) {
	if c.conn != nil {
		_ = c.conn.Close(context.WithoutCancel(ctx))
	}
	if c.servers != nil {
		c.servers.Close(ctx)
	}
}
