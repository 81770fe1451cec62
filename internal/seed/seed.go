// Package seed fills a target's tables with a world: it reads the catalog, derives from it how every column of every tenant
// table gets its values, and copies the rows.
//
// What the catalog doesn't tell comes from the target's seed.yaml. The package writes seeded rows and nothing else: it makes no
// table, changes none, and removes no row. Package run calls Plan, then Copy with the world made from the plan; the plan is kept with the
// run, because the oracle computes from it what every row must look like.
package seed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/world"
)

// Sizes says how much is seeded.
type Sizes struct {
	Seed    uint64
	Tenants int
	Rows    int64            // at least this many over all tables; 0 is 1,000,000
	Tables  map[string]int64 // exactly this many in a table (schema.table), over all tenants
	Zipf    float64          // exponent of the tenants' sizes
	Largest float64          // cap on one tenant's share of a table; 0 is 1, no cap
}

const defaultRows = 1_000_000

// Survey is what became of every table of the target's schemas.
type Survey struct {
	Plan    world.Plan
	Skipped map[string]string // table: why no row is seeded in it
	Left    map[string]string // table.column of a planned table: why the server gives it its value
}

// Plan derives the plan of a world from the catalog. See Look, which also tells what is left out.
func Plan(ctx context.Context, conn *pgx.Conn, t target.Target, sizes Sizes) (world.Plan, error) {
	s, err := Look(ctx, conn, t, sizes)
	return s.Plan, err
}

// Look derives the plan of a world from the catalog of the target's schemas.
//
// A tenant table is one with the tenant column, the table that this column refers to, one that seed.yaml gives a fixed number of rows,
// and one whose foreign keys (or references of seed.yaml) lead to such a table. Tables with the tenant column come first and
// in the order of t.Schemas, and their sizes depend on nothing that follows: so the plan for the first schemas alone is
// the beginning of the plan for all of them, and those can be seeded while another application still makes its tables. A table
// whose hints lead to a schema outside of t.Schemas is left for later.
func Look(ctx context.Context, conn *pgx.Conn, t target.Target, sizes Sizes) (Survey, error) {
	if sizes.Rows == 0 {
		sizes.Rows = defaultRows
	}
	if sizes.Largest == 0 {
		sizes.Largest = 1
	}
	tables, err := readCatalog(ctx, conn, t.Schemas)
	if err != nil {
		return Survey{}, fmt.Errorf("planning the seed: %w", err)
	}
	p := &planner{ctx: ctx, conn: conn, target: t, sizes: sizes, tables: tables, skipped: map[string]string{}, left: map[string]string{}}
	if err := p.plan(); err != nil {
		return Survey{}, fmt.Errorf("planning the seed: %w", err)
	}
	return Survey{Plan: p.out, Skipped: p.skipped, Left: p.left}, nil
}

// planner holds what is known while a plan is made.
type planner struct {
	ctx     context.Context
	conn    *pgx.Conn // for the few values that are in tables, not in the catalog
	target  target.Target
	sizes   Sizes
	tables  map[string]*table
	skipped map[string]string
	left    map[string]string
	tenants string // the table that the tenant column refers to, "" where there is none
	order   []*table
	core    int // so many of order have sizes of their own; those of the rest follow from them
	out     world.Plan
}

func (p *planner) plan() error {
	if err := p.checkNames(); err != nil {
		return err
	}
	p.reach()
	if err := p.arrange(); err != nil {
		return err
	}
	if p.core == 0 {
		return fmt.Errorf("no table of schemas %s has the tenant column %s: have the migrations run?",
			strings.Join(p.target.Schemas, ", "), p.target.Tenancy.Column)
	}
	p.out = world.Plan{Seed: p.sizes.Seed, Tenants: p.sizes.Tenants, Zipf: p.sizes.Zipf, Largest: p.sizes.Largest,
		Probed: min(p.target.Seed.Probed, p.sizes.Tenants)}
	var problems []string
	for _, t := range p.order {
		planned, err := p.fill(t)
		if err != nil {
			problems = append(problems, err.Error())
		}
		p.out.Tables = append(p.out.Tables, planned)
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d tables can't be filled:\n%s", len(problems), strings.Join(problems, "\n"))
	}
	p.raiseMinima()
	return p.deal()
}

// checkNames refuses names in seed.yaml and in the sizes that the catalog doesn't have, unless their schema isn't looked at.
func (p *planner) checkNames() error {
	var unknown []string
	check := func(where, name string) {
		if _, ok := p.tables[name]; !ok && p.looksAt(name) {
			unknown = append(unknown, fmt.Sprintf("%s: there is no table %s", where, name))
		}
	}
	for name, hints := range p.target.Seed.Tables {
		check("seed.yaml", name)
		for column, hint := range hints.Columns {
			if t, ok := p.tables[name]; ok && t.column(column) == nil {
				unknown = append(unknown, fmt.Sprintf("seed.yaml: table %s has no column %s", name, column))
			}
			if hint.Table != "" {
				check("seed.yaml: "+name+"."+column, hint.Table)
			}
		}
	}
	for _, name := range p.target.Seed.References {
		check("seed.yaml: references", name)
	}
	for _, name := range p.target.Seed.Lacks {
		if p.has(name) {
			unknown = append(unknown, fmt.Sprintf("seed.yaml: lacking: %s is there", name))
		}
	}
	for name := range p.sizes.Tables {
		check("rows wanted of a table", name)
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("%s", strings.Join(unknown, "\n"))
}

// has tells whether the catalog has a table, or a column of one.
func (p *planner) has(name string) bool {
	if p.tables[name] != nil {
		return true
	}
	i := strings.LastIndex(name, ".")
	t := p.tables[name[:max(i, 0)]]
	return t != nil && t.column(name[i+1:]) != nil
}

func (p *planner) looksAt(table string) bool {
	return slices.Contains(p.target.Schemas, schemaOf(table))
}

func (p *planner) hints(t *table) target.SeedTable { return p.target.Seed.Tables[t.name] }

func schemaOf(table string) string {
	schema, _, _ := strings.Cut(table, ".")
	return schema
}
