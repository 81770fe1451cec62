// Package world computes what was seeded: the rows of every tenant in every table, from a seed and a plan, without a database.
//
// Package seed writes a world by COPY and package oracle expects it back; both call the same functions, so a row need never be
// remembered. Values are in PostgreSQL's binary format, which COPY takes and results carry, so that an expected value is compared with
// a returned one byte by byte. The package is pure: it does no I/O, and the plan comes from package seed, which reads the catalog.
package world

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"github.com/engardehq/bulkhead/internal/tenant"
)

// Plan is what a world is made from. It is plain data: a run keeps it as world.json, so that what was seeded stays known
// even where the catalog has changed since.
type Plan struct {
	Seed    uint64  `json:"seed"`
	Tenants int     `json:"tenants"`
	Zipf    float64 `json:"zipf"`    // exponent of the tenants' sizes; 0 makes them equal
	Largest float64 `json:"largest"` // cap on one tenant's share of a table, 0 < Largest <= 1
	Probed  int     `json:"probed"`  // tenants below this number have rows in every table
	Tables  []Table `json:"tables"`
}

// Table is one tenant table. Its number, used in ids and tokens, is its place in the plan plus one.
type Table struct {
	Name    string   `json:"name"` // schema.table
	Rows    int64    `json:"rows"` // wanted over all tenants
	Min     int64    `json:"min"`  // for every tenant, probed or not
	Fixed   int64    `json:"fixed,omitempty"`
	Capped  string   `json:"capped,omitempty"` // a tenant has at most as many rows as in this table
	Columns []Column `json:"columns"`
}

// Column is one column and how its values come about.
type Column struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"` // as in pg_type.typname: uuid, text, varchar, int4, numeric, timestamptz, jsonb, _text ...
	Kind     Kind     `json:"kind"`
	Table    string   `json:"table,omitempty"`    // of Parent, Aligned: the table referred to
	Choices  []string `json:"choices,omitempty"`  // of Choice
	Template string   `json:"template,omitempty"` // of Text: {token} and {n} are replaced
	Lo       int64    `json:"lo,omitempty"`       // of Int, Number: smallest value
	Hi       int64    `json:"hi,omitempty"`       // of Int, Number: largest value
	Scale    int      `json:"scale,omitempty"`    // of Number: digits after the point
}

// Kind says how a column's values come about.
type Kind string

// The kinds of column. Unless told otherwise a value is a hash of seed, tenant, table, column and row.
const (
	ID      Kind = "id"      // uuid that names this row
	Tenant  Kind = "tenant"  // uuid of the tenant
	Parent  Kind = "parent"  // uuid of some row of the same tenant in another table
	Aligned Kind = "aligned" // uuid of the row with the same number in another table
	Text    Kind = "text"    // the template, with the row's canary for {token} and its number for {n}
	Choice  Kind = "choice"
	Int     Kind = "int"
	Serial  Kind = "serial" // 1, 2, 3 ... within the tenant
	Number  Kind = "number" // numeric between Lo and Hi, in units of its last digit
	Float   Kind = "float"  // between 0 and 1
	Bool    Kind = "bool"
	True    Kind = "true"
	False   Kind = "false"
	Time    Kind = "time" // grows with the row number within a tenant
	Null    Kind = "null"
)

// World is a plan made ready to compute rows. It is read-only and safe for concurrent use.
type World struct {
	Plan
	Codec  tenant.Codec
	byName map[string]int
	counts [][]int32 // [table index][tenant]
}

// New checks a plan and makes it a world. An error names the table and column at fault.
func New(p Plan) (*World, error) {
	if p.Tenants < 1 || p.Tenants > tenant.MaxTenants {
		return nil, fmt.Errorf("world of %d tenants: want 1 to %d", p.Tenants, tenant.MaxTenants)
	}
	if len(p.Tables) >= tenant.MaxTables {
		return nil, fmt.Errorf("world of %d tables: at most %d fit an id", len(p.Tables), tenant.MaxTables-1)
	}
	w := &World{Plan: p, Codec: tenant.NewCodec(p.Seed), byName: map[string]int{}}
	shares := w.shares()
	for i := range p.Tables {
		t := &p.Tables[i]
		if _, twice := w.byName[t.Name]; twice {
			return nil, fmt.Errorf("world has the table %s twice", t.Name)
		}
		counts, err := w.countRows(t, shares)
		if err != nil {
			return nil, err
		}
		w.counts = append(w.counts, counts)
		w.byName[t.Name] = i
		if err := w.checkColumns(t); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Table finds a table by name; ok is false for a table that was not seeded.
func (w *World) Table(name string) (t *Table, ok bool) {
	i, ok := w.byName[name]
	if !ok {
		return nil, false
	}
	return &w.Tables[i], true
}

// Number is the table's number in ids and tokens.
func (w *World) Number(t *Table) int { return w.byName[t.Name] + 1 }

// Numbered is the table of a number found in an id or token, nil for TenantTable and for numbers that the plan doesn't have.
func (w *World) Numbered(number int) *Table {
	if number < 1 || number > len(w.Tables) {
		return nil
	}
	return &w.Tables[number-1]
}

// Rows is how many rows of a tenant were seeded in a table.
func (w *World) Rows(t *Table, tenant int) int64 { return int64(w.counts[w.byName[t.Name]][tenant]) }

// RowsOf is how many rows of a tenant were seeded in the table of a number that Numbered knows.
// A tenant that came later has none.
func (w *World) RowsOf(number, tenant int) int64 {
	if tenant >= w.Tenants {
		return 0
	}
	return int64(w.counts[number-1][tenant])
}

// Total is how many rows were seeded in a table.
func (w *World) Total(t *Table) (n int64) {
	for _, k := range w.counts[w.byName[t.Name]] {
		n += int64(k)
	}
	return n
}

// Ref names a row of a table.
func (w *World) Ref(t *Table, tenantNo int, row tenant.Row) tenant.Ref {
	return tenant.Ref{Tenant: tenantNo, Table: w.Number(t), Row: row}
}

// Column finds a column by name.
func (t *Table) Column(name string) (c *Column, ok bool) {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i], true
		}
	}
	return nil, false
}

// shares gives each tenant its part of a table: Zipf by rank, ranks dealt by the seed so that a tenant's number doesn't tell its size,
// and what the cap cuts off spread over the others.
func (w *World) shares() []float64 {
	n := w.Tenants
	share := make([]float64, n)
	ranks := rand.New(rand.NewPCG(w.Seed, 0x72616e6b)).Perm(n)
	for t := range share {
		share[t] = math.Pow(float64(ranks[t]+1), -w.Zipf)
	}
	limit := max(w.Largest, 1/float64(n))
	isCapped := make([]bool, n)
	for range 64 {
		free, capped := 0.0, 0.0
		for t, s := range share {
			if isCapped[t] {
				capped += s
			} else {
				free += s
			}
		}
		over := false
		for t, s := range share {
			if isCapped[t] || free == 0 {
				continue
			}
			if share[t] = s / free * (1 - capped); share[t] > limit {
				share[t], isCapped[t], over = limit, true, true
			}
		}
		if !over {
			break
		}
	}
	return share
}

// countRows deals a table's rows to the tenants, by largest remainder, so that the total is exact wherever the minima leave room.
func (w *World) countRows(t *Table, shares []float64) ([]int32, error) {
	counts := make([]int32, w.Tenants)
	if t.Fixed > 0 {
		for i := range counts {
			counts[i] = int32(t.Fixed)
		}
		return counts, nil
	}
	limit := func(int) int64 { return math.MaxInt32 }
	if t.Capped != "" {
		i, ok := w.byName[t.Capped]
		if !ok {
			return nil, fmt.Errorf("table %s is capped by %s, which is not planned before it", t.Name, t.Capped)
		}
		limit = func(tn int) int64 { return int64(w.counts[i][tn]) }
	}
	order := make([]int, w.Tenants)
	rest := make([]float64, w.Tenants)
	left := t.Rows
	for tn, share := range shares {
		least := t.Min
		if tn < w.Probed {
			least = max(least, 1)
		}
		exact := share * float64(t.Rows)
		n := min(max(int64(exact), least), limit(tn))
		counts[tn], order[tn], rest[tn] = int32(n), tn, exact-float64(n)
		left -= n
	}
	sort.SliceStable(order, func(a, b int) bool { return rest[order[a]] > rest[order[b]] })
	for left > 0 {
		given := false
		for _, tn := range order {
			if left > 0 && int64(counts[tn]) < limit(tn) {
				counts[tn]++
				left--
				given = true
			}
		}
		if !given {
			break
		}
	}
	return counts, nil
}

func (w *World) checkColumns(t *Table) error {
	for i := range t.Columns {
		c := &t.Columns[i]
		if !Encodes(c.Type) {
			return fmt.Errorf("table %s, column %s: no binary encoding for type %s", t.Name, c.Name, c.Type)
		}
		switch c.Kind {
		case Parent, Aligned:
			ref, ok := w.byName[c.Table]
			if !ok {
				return fmt.Errorf("table %s, column %s: refers to %s, which is not planned before it", t.Name, c.Name, c.Table)
			}
			for tn, n := range w.counts[w.byName[t.Name]] {
				if have := w.counts[ref][tn]; n > 0 && have == 0 || c.Kind == Aligned && n > have {
					return fmt.Errorf("table %s, column %s: tenant %d has %d rows for %d in %s", t.Name, c.Name, tn, n, have, c.Table)
				}
			}
		case Choice:
			if len(c.Choices) == 0 {
				return fmt.Errorf("table %s, column %s: a choice of nothing", t.Name, c.Name)
			}
		case Int, Number:
			if c.Hi < c.Lo || c.Lo < -maxUnscaled || c.Hi > maxUnscaled {
				return fmt.Errorf("table %s, column %s: no range from %d to %d", t.Name, c.Name, c.Lo, c.Hi)
			}
		}
	}
	return nil
}
